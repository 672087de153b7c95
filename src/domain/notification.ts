/** By what a person can be told that a session needs somebody. */
export const notificationWays = ["tmux", "bell", "desktop", "webhook"] as const;
export type NotificationWay = (typeof notificationWays)[number];
