export interface SupervisorService {
  status(): Promise<SupervisorStatus>;
  /** Leaves as soon as this answer is out; agents live on. */
  stop(because: string): Promise<void>;
}

export interface SupervisorStatus {
  readonly running: boolean;
  readonly pid: number | null;
  readonly version: string | null;
  readonly epoch: number;
  readonly startedAt: number | null;
  readonly inline: boolean;
  readonly socket: string;
  readonly home: string;
  readonly liveSessions: number;
}
