/** What the commands under a noun are for, in a line of `agentpool --help`. */
export const nouns: Readonly<Record<string, string>> = {
  run: "Pools, pipelines, swarms and teams of agents",
  task: "A board of tasks that agents and scripts claim from",
  workers: "Workers that come and go with the tasks there are",
  approval: "Ask for decisions, and decide",
  msg: "Messages between agents, scripts and you",
  thread: "Messages on one topic",
  agent: "Take part as an agent outside of agentpool",
  detect: "Try the rules that read screens",
  worktrees: "Worktrees that agents worked in, and how to take them over",
  leases: "Who may change which files",
  preferences: "Your words on whom to ask for what",
  profiles: "Roles that work can be given to",
  skills: "Texts that teach an agent to use agentpool",
  supervisor: "The process that acts for everybody",
  config: "Settings, and where each comes from",
  provider: "Define, try and record an agent CLI",
};
