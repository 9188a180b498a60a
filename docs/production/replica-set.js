// Makes the replica set of compose.yaml and its users. It is run once, in mongo-1, by mongosh: see ../production.md.
const { readFileSync } = require('node:fs');

rs.initiate({
  _id: 'passerelle',
  members: [1, 2, 3].map((number) => ({ _id: number, host: `mongo-${number}:27017` })),
});
while (!db.hello().isWritablePrimary) sleep(200);

// The first user may be made without any, from the machine of the primary itself.
const admin = db.getSiblingDB('admin');
const password = readFileSync('/run/secrets/operator-password', 'utf8').trim();
admin.createUser({ user: 'operator', pwd: password, roles: ['root'] });
admin.auth('operator', password);

// The subject of passerelle.pem, as `openssl x509 -noout -subject -nameopt RFC2253` tells it.
db.getSiblingDB('$external').createUser({
  user: 'CN=passerelle,OU=passerelle,O=Hospital',
  roles: [{ role: 'readWrite', db: 'passerelle' }],
});

const backupPassword = readFileSync('/run/secrets/backup-password', 'utf8').replace('password:', '').trim();
admin.createUser({ user: 'backup', pwd: backupPassword, roles: ['backup'] });
