import type { NotificationWay } from "../../domain/notification.ts";

/** What came of a test notification by one way. */
export interface NotificationTry {
  way: NotificationWay;
  /** By the settings. */
  on: boolean;
  tried: boolean;
  /** Whoever shows it took it. */
  delivered: boolean;
  because: string;
}

export interface NotificationService {
  /** Tells the person that this is a test; null for the ways that are on. @throws invalid_config */
  test(ways: readonly NotificationWay[] | null): Promise<readonly NotificationTry[]>;
}
