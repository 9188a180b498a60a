import type { errors, KoaContextWithOIDC, Provider, Session } from 'oidc-provider';
import type { Account, Accounts } from '../sessions/accounts.ts';
import type { Report } from './events.ts';

/** False where the user chose to stay logged in. */
export function hasEnded(session: Session | undefined): session is Session {
  return (session as { destroyed?: boolean } | undefined)?.destroyed === true;
}

export interface ReportedParts {
  accounts: Accounts;
  report: Report;
}

/** Reports what the authorization server issues and refuses; the true reasons come by its events alone. */
export function reportProvider(provider: Provider, { accounts, report }: ReportedParts): void {
  const refused = (where: string) => (ctx: KoaContextWithOIDC, error: errors.OIDCProviderError) => {
    const client = ctx.oidc?.client;
    const { error_detail } = error as { error_detail?: string };
    const event = {
      kind: 'refused' as const,
      where,
      error: error.error,
      ...(client === undefined ? {} : { clientId: client.clientId, tenant: String(client['tenant']) }),
      ...(error_detail === undefined ? {} : { detail: error_detail }),
    };
    report(event, ctx.req);
  };
  provider.on('authorization.error', refused('authorize'));
  provider.on('grant.error', refused('token'));
  provider.on('introspection.error', refused('introspect'));
  provider.on('revocation.error', refused('revoke'));
  provider.on('end_session.error', refused('logout'));
  provider.on('server_error', (ctx, error) => report({ kind: 'failed', where: ctx.path, error }, ctx.req));
  /** The account is read first; a failure of that is one of the server. */
  const withAccount = async (
    { req, path, oidc }: KoaContextWithOIDC,
    id: string | undefined,
    tell: (account: Account | undefined) => void,
  ) => {
    try {
      tell(id === undefined ? undefined : await accounts.find(id));
    } catch (error) {
      report({ kind: 'failed', where: path ?? oidc.route ?? '', error }, req);
    }
  };
  provider.on('grant.success', (ctx) => {
    const { oidc, req } = ctx;
    void withAccount(ctx, oidc.account?.accountId, (account) => {
      const clientId = oidc.client?.clientId ?? '';
      const tenant = String(oidc.client?.['tenant']);
      const grant = String(oidc.params?.['grant_type']);
      report({ kind: 'token', clientId, tenant, grant, ...(account === undefined ? {} : { account }) }, req);
    });
  });
  provider.on('end_session.success', (ctx) => {
    const { session } = ctx.oidc;
    const accountId = hasEnded(session) ? session.accountId : undefined;
    void withAccount(ctx, accountId, (account) => {
      if (account !== undefined) report({ kind: 'logout', account }, ctx.req);
    });
  });
}
