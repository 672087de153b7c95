export interface AccountService {
  /** Takes a limit back, for all sessions of the account; false when there was none. */
  lift(accountId: string, because: string): Promise<boolean>;
}
