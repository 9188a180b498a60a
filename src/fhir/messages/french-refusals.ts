/** As `frenchValidation`, for the rules on national identifiers and for requests that are refused. */
export const frenchRefusals: Readonly<Record<string, string>> = {
  'A FINESS has 9 characters: a department, an order and a key':
    'Un numéro FINESS a 9 caractères : un département, un ordre et une clé',
  'A JSON Patch is an array of operations': 'Un JSON Patch est un tableau d’opérations',
  'A SIREN has 9 digits': 'Un numéro SIREN a 9 chiffres',
  'A SIRET has 14 digits': 'Un numéro SIRET a 14 chiffres',
  'A bundle takes at most {} entries: send it in several':
    'Un Bundle prend au plus {} entrées : envoyez-le en plusieurs',
  'A bundle takes no entry that is a bundle itself': 'Un Bundle ne prend pas d’entrée qui est un Bundle',
  'A cascade is delete or none': 'Une cascade est delete ou none',
  'A condition takes search criteria alone': 'Une condition ne prend que des critères de recherche',
  'A conditional reference names a type that is not known':
    'Une référence conditionnelle nomme un type inconnu',
  'A conditional reference to {} matches no resource':
    'Une référence conditionnelle à {} ne correspond à aucune ressource',
  'A conditional reference to {} matches several resources':
    'Une référence conditionnelle à {} correspond à plusieurs ressources',
  'A fictive identity has no other attribute': 'Une identité fictive n’a pas d’autre attribut',
  'A logical id has 1 to 64 characters among A-Z a-z 0-9 - .':
    'Un id a de 1 à 64 caractères parmi A-Z a-z 0-9 - .',
  'A matricule INS has 13 characters, or 15 with its key':
    'Un matricule INS a 13 caractères, ou 15 avec sa clé',
  'A matricule INS is made of digits; only 2A and 2B may stand for the department (positions 6 and 7)':
    'Un matricule INS est fait de chiffres ; seuls 2A et 2B peuvent tenir lieu de département (positions 6 et 7)',
  'A matricule INS is written with its key: 15 characters':
    'Un matricule INS s’écrit avec sa clé : 15 caractères',
  'A national identifier begins with the digit of its kind: 8 before an RPPS':
    'Un identifiant national commence par le chiffre de son type : 8 devant un RPPS',
  'A national structure identifier begins with the digit of its kind, 0 to 4':
    'Un identifiant national de structure commence par le chiffre de son type, de 0 à 4',
  'A number that starts with 3 or 4 belongs to a person being registered: it is not a matricule INS':
    'Un numéro qui commence par 3 ou 4 est celui d’une personne en cours d’immatriculation : ce n’est pas un matricule INS',
  'A number that starts with 5 or 6 is a migrant number (MIG): it is not a matricule INS':
    'Un numéro qui commence par 5 ou 6 est un numéro de migrant (MIG) : ce n’est pas un matricule INS',
  'A number that starts with 7 or 8 is a provisional national number (NNP), out of use since 2023: it is not a matricule INS':
    'Un numéro qui commence par 7 ou 8 est un numéro national provisoire (NNP), supprimé depuis 2023 : ce n’est pas un matricule INS',
  'A patch cannot change this element': 'Un patch ne peut pas changer cet élément',
  'An ADELI number has 9 characters': 'Un numéro ADELI a 9 caractères',
  'An ADELI rank has 11 characters': 'Un rang ADELI a 11 caractères',
  'An RPPS has 11 digits': 'Un numéro RPPS a 11 chiffres',
  'An RPPS rank has 13 or 14 digits: an RPPS and a rank':
    'Un rang RPPS a 13 ou 14 chiffres : un RPPS et un rang',
  'An XML Patch is a diff element': 'Un XML Patch est un élément diff',
  'An entry must be an object': 'Une entrée doit être un objet',
  'An identity that is douteuse or fictive is provisoire': 'Une identité douteuse ou fictive est provisoire',
  'Another entry already has this fullUrl': 'Une autre entrée a déjà ce fullUrl',
  'Another entry already writes this resource': 'Une autre entrée écrit déjà cette ressource',
  'Another write came first: the current version is {}':
    'Une autre écriture est venue avant : la version courante est {}',
  'If-Match does not match: {}': 'If-Match ne correspond pas : {}',
  'If-Match must hold a version tag, such as W/"3"': 'If-Match doit contenir une version, comme W/"3"',
  'If-None-Match holds only for another version than the current one':
    'If-None-Match ne vaut que pour une autre version que la version courante',
  'If-None-Match: * holds only where the resource does not exist':
    'If-None-Match: * ne vaut que là où la ressource n’existe pas',
  'Malformed JSON: {}, line {} column {}': 'JSON mal formé : {}, ligne {} colonne {}',
  'Malformed JSON: {}': 'JSON mal formé : {}',
  'Malformed XML: {}, line {} column {}': 'XML mal formé : {}, ligne {} colonne {}',
  'Malformed XML: {}': 'XML mal formé : {}',
  'More than {} resources match': 'Plus de {} ressources correspondent',
  'More than {} resources refer to what is to be deleted':
    'Plus de {} ressources se réfèrent à ce qui est à supprimer',
  'No {} matches the condition': 'Aucune ressource {} ne correspond à la condition',
  'Operation {} of the FHIRPath Patch: {}': 'Opération {} du FHIRPath Patch : {}',
  'Operation {} of the JSON Patch: {}': 'Opération {} du JSON Patch : {}',
  'Operation {} of the XML Patch: {}': 'Opération {} du XML Patch : {}',
  'Positions 11 to 13 are the order in the register, from 001 to 999':
    'Les positions 11 à 13 sont l’ordre au registre, de 001 à 999',
  'Positions 4 and 5 are a month (01 to 12) or the mark of an incomplete civil record (20 to 99)':
    'Les positions 4 et 5 sont un mois (01 à 12) ou la marque d’un état civil incomplet (20 à 99)',
  'Positions 6 and 7 are a department, 97 or 98 (overseas) or 99 (born abroad); 00 does not exist':
    'Les positions 6 et 7 sont un département, 97 ou 98 (outre-mer) ou 99 (né à l’étranger) ; 00 n’existe pas',
  'Several resources match the condition': 'Plusieurs ressources correspondent à la condition',
  'The Binary holds no patch': 'Le Binary ne contient pas de patch',
  'The Binary must hold {} or {}': 'Le Binary doit contenir {} ou {}',
  'The Content-Type of the body must be {}': 'Le Content-Type du corps doit être {}',
  'The URL is longer than {} bytes; send a long search by POST to _search':
    'L’URL dépasse {} octets ; envoyez une longue recherche par POST à _search',
  'The URL is not well encoded': 'L’URL n’est pas bien encodée',
  'The XML Patch is not well-formed': 'Le XML Patch n’est pas bien formé',
  'The answers to a bundle may take {} bytes together: send it in several':
    'Les réponses à un Bundle peuvent prendre {} octets ensemble : envoyez-le en plusieurs',
  'The base takes a Bundle of type batch or transaction':
    'La base prend un Bundle de type batch ou transaction',
  'The body broke off': 'Le corps s’est interrompu',
  'The body is longer than {} bytes': 'Le corps dépasse {} octets',
  'The body is not in the content coding that its Content-Encoding names':
    'Le corps n’est pas dans l’encodage que nomme son Content-Encoding',
  'The body must be FHIR of version 4.0': 'Le corps doit être du FHIR en version 4.0',
  'The body must be a JSON object': 'Le corps doit être un objet JSON',
  'The body must be a Parameters resource': 'Le corps doit être une ressource Parameters',
  'The body must be a patch ({}, {}) or a Parameters resource':
    'Le corps doit être un patch ({}, {}) ou une ressource Parameters',
  'The body must hold a {} resource': 'Le corps doit contenir une ressource {}',
  'The body must hold a {} resource, as the URL says':
    'Le corps doit contenir une ressource {}, comme le dit l’URL',
  'The charset of the body must be UTF-8': 'Le jeu de caractères du corps doit être UTF-8',
  'The condition must hold at least one search criterion':
    'La condition doit contenir au moins un critère de recherche',
  'The content coding of the body must be one of {}': 'L’encodage du corps doit être parmi {}',
  'The control key of {} does not fit': 'La clé de contrôle de {} ne convient pas',
  'The call took longer than it may and was stopped: narrow it or repeat it later':
    'L’appel a dépassé le temps permis et a été arrêté : restreignez-le ou répétez-le plus tard',
  'The database cannot be reached or has no primary now: repeat the request':
    'La base de données est injoignable ou sans nœud primaire en ce moment : répétez la requête',
  'The database cannot be written to now: repeat the request later':
    'La base de données ne peut pas être écrite en ce moment : répétez la requête plus tard',
  'The database did not say in time whether the change was made: look for it before the request is repeated':
    'La base de données n’a pas dit à temps si le changement a été fait : vérifiez-le avant de répéter la requête',
  'The entry needs a request': 'L’entrée a besoin d’un élément request',
  'The first digit of a matricule INS is 1 (man) or 2 (woman)':
    'Le premier chiffre d’un matricule INS est 1 (homme) ou 2 (femme)',
  'The id of the resource differs from the id of what is to be updated':
    'L’id de la ressource diffère de celui de ce qui est à mettre à jour',
  'The id of the resource is missing': 'L’id de la ressource manque',
  'The id of the resource must be the id of the URL': 'L’id de la ressource doit être celui de l’URL',
  'The key of the matricule INS does not fit its number':
    'La clé du matricule INS ne convient pas à son numéro',
  'The matricule does not tell {}: the civil record was incomplete':
    'Le matricule ne dit pas {} : l’état civil était incomplet',
  'The matricule says otherwise than the record on {}': 'Le matricule contredit le dossier sur {}',
  'The matricule tells {} by a former code': 'Le matricule dit {} par un ancien code',
  'The method must be one of {}': 'La méthode doit être parmi {}',
  'The mode must be one of {}': 'Le mode doit être parmi {}',
  'The mode profile needs the parameter profile': 'Le mode profile a besoin du paramètre profile',
  'The mode {} is for an instance: {}': 'Le mode {} est pour une instance : {}',
  'The national identifier of an employee is that of the employer, / and an internal number':
    'L’identifiant national d’un employé est celui de l’employeur, / et un numéro interne',
  'The patch holds no operation': 'Le patch ne contient pas d’opération',
  'The patch leaves no resource': 'Le patch ne laisse pas de ressource',
  'The patch leaves what is no FHIR resource': 'Le patch laisse ce qui n’est pas une ressource FHIR',
  'The patch makes the resource too large or too deep':
    'Le patch rend la ressource trop grande ou trop profonde',
  'The policy lets this role not {} {} (role: {})':
    'La politique ne permet pas ce droit à ce rôle : {} {} (rôle : {})',
  'The reference leads nowhere: {}': 'La référence ne mène nulle part : {}',
  'The request needs a url': 'L’élément request a besoin d’une url',
  'The resource must be a {}, as the URL says': 'La ressource doit être de type {}, comme le dit l’URL',
  'The resource must be an object with a resourceType':
    'La ressource doit être un objet avec un resourceType',
  'The resource needs a resourceType': 'La ressource a besoin d’un resourceType',
  'The resource to validate is missing': 'La ressource à valider manque',
  'The scope {} is missing': 'La portée {} manque',
  'The server failed; its log tells why under request {}':
    'Le serveur a échoué ; son journal dit pourquoi sous la requête {}',
  'The structure identifier after 4 is wrong': 'L’identifiant de structure après 4 est faux',
  'The type of the Bundle must be batch or transaction': 'Le type du Bundle doit être batch ou transaction',
  'The url is not well encoded': 'L’url n’est pas bien encodée',
  'The url must be relative, or below the base of this server':
    'L’url doit être relative, ou sous la base de ce serveur',
  'There is no interaction at this address': 'Il n’y a pas d’interaction à cette adresse',
  'There is no resource type or interaction of this name: {}':
    'Il n’y a pas de type de ressource ni d’interaction de ce nom : {}',
  'There is no such resource to delete': 'Il n’y a pas de telle ressource à supprimer',
  'This address takes {}': 'Cette adresse prend {}',
  'This method is not offered': 'Cette méthode n’est pas offerte',
  'This national identifier is wrong after its kind': 'Cet identifiant national est faux après son type',
  'This server is for those who log in: send an access token':
    'Ce serveur est pour ceux qui se connectent : envoyez un jeton d’accès',
  'This server takes no matricule of this assigning authority':
    'Ce serveur ne prend pas de matricule de cette autorité d’affectation',
  'This transaction deletes what it reads': 'Cette transaction supprime ce qu’elle lit',
  'Too many requests; try again later': 'Trop de requêtes ; réessayez plus tard',
  '{} already holds an identifier that one resource alone may hold':
    '{} a déjà un identifiant qu’une seule ressource peut avoir',
  '{} created as version {}': '{} créé en version {}',
  '{} is deleted': '{} est supprimé',
  '{} is not known': '{} n’est pas connu',
  '{} resources are deleted': '{} ressources sont supprimées',
  '{} resources cannot be changed or deleted':
    'Les ressources {} ne peuvent pas être modifiées ni supprimées',
  '{} updated as version {}': '{} mis à jour en version {}',
  '{} was written at the same time under the same condition':
    '{} a été écrit en même temps sous la même condition',
  '{} exists, and does not match the condition': '{} existe, et ne correspond pas à la condition',
  '{} has no such element': '{} n’a pas cet élément',
  '{} has no such version': '{} n’a pas cette version',
  '{} must be a string': '{} doit être une chaîne',
  '{} refers to {}; it must go first, or with _cascade=delete':
    '{} se réfère à {} ; il doit partir d’abord, ou avec _cascade=delete',
  '{} was deleted on {}': '{} a été supprimé le {}',
  // What the messages above name.
  'R4 has no resource type of the name of this element':
    'R4 n’a pas de type de ressource du nom de cet élément',
  'a colon is expected': 'deux-points attendu',
  'a comma or the end is expected': 'virgule ou fin attendue',
  'a conditional reference is resolved in a transaction alone':
    'une référence conditionnelle n’est résolue que dans une transaction',
  'a control character or the end within a string': 'caractère de commande ou fin de texte dans une chaîne',
  'a digit is expected': 'chiffre attendu',
  'a document type declaration is not allowed': 'une déclaration de type de document n’est pas permise',
  'a key in double quotes is expected': 'clé entre guillemets attendue',
  'a lone surrogate': 'demi-codet isolé',
  'a property that R4 does not define': 'propriété que R4 ne définit pas',
  'a resource is expected': 'ressource attendue',
  'a resource of a type that R4 does not have': 'ressource d’un type que R4 n’a pas',
  'a second resource in one element': 'seconde ressource dans un élément',
  'a second value of an element that does not repeat': 'seconde valeur d’un élément qui ne se répète pas',
  'a value is expected': 'valeur attendue',
  'an element without value and extension': 'élément sans valeur ni extension',
  'an unknown attribute': 'attribut inconnu',
  'an unknown element': 'élément inconnu',
  'an unknown escape': 'échappement inconnu',
  'content after the end': 'contenu après la fin',
  'four hexadecimal digits are expected': 'quatre chiffres hexadécimaux attendus',
  'text outside of the narrative': 'texte hors du texte narratif',
  'the SIREN in this SIRET': 'le SIREN de ce SIRET',
  'the birth place': 'le lieu de naissance',
  'the div must be in the namespace of XHTML': 'le div doit être dans l’espace de noms de XHTML',
  'the div must declare the namespace of XHTML itself':
    'le div doit déclarer lui-même l’espace de noms de XHTML',
  'the document is not well-formed': 'le document n’est pas bien formé',
  'the encoding must be UTF-8': 'l’encodage doit être UTF-8',
  'the month of birth': 'le mois de naissance',
  'the namespace must be {}': 'l’espace de noms doit être {}',
  'the narrative must be XHTML without namespace prefixes':
    'le texte narratif doit être du XHTML sans préfixes d’espace de noms',
  'the same key twice in one object': 'la même clé deux fois dans un objet',
  'the sex': 'le sexe',
  'the text holds a lone surrogate': 'le texte contient un demi-codet isolé',
  'the text is not valid UTF-8': 'le texte n’est pas de l’UTF-8 valide',
  'the year of birth': 'l’année de naissance',
  'more than {} keys in one object': 'plus de {} clés dans un objet',
  'there is no such version of {}': 'il n’y a pas de telle version de {}',
  'there is no {}': 'il n’y a pas de {}',
  'this FINESS': 'ce FINESS',
  'this RPPS': 'ce RPPS',
  'this SIREN': 'ce SIREN',
  'this SIRET': 'ce SIRET',
  'this key is not allowed': 'cette clé n’est pas permise',
  'too deep, more than {} levels': 'trop profond, plus de {} niveaux',
};
