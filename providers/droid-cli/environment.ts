/**
 * What a person sets for the agent: who pays, which service it talks to, where its files lie. Keys
 * of models of one's own stand in the person's settings or in names they chose themselves.
 */
export const environment: readonly string[] = [
  "FACTORY_API_KEY",
  "FACTORY_API_BASE_URL",
  "FACTORY_APP_BASE_URL",
  "FACTORY_AIRGAP_ENABLED",
  "FACTORY_HOME_OVERRIDE",
  "FACTORY_DISABLE_KEYRING",
  "FACTORY_DROID_AUTO_UPDATE_ENABLED",
  "FACTORY_EXTRA_CA_CERTS",
  "FACTORY_OTEL_ENABLED",
  "FACTORY_RIPGREP_PATH",
];
