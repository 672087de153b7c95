/**
 * The dialogs the agent can show, as data. `text` is what it asks and `subject` what that is about,
 * `roles` say what an option does, `escape` is the option that Escape means; null means that the
 * dialog is given up and with it the turn.
 */

export function approval(command) {
  return {
    kind: "approval",
    header: "Approval needed",
    text: "Run this command?",
    subject: [command],
    options: [
      { label: "Yes", role: "allow" },
      { label: "Yes, and don't ask again", role: "allow_always" },
      { label: "No", role: "deny" },
    ],
    escape: null,
  };
}

export function question(text, labels) {
  return {
    kind: "question",
    header: "Question",
    text,
    subject: [],
    options: labels.map((label) => ({ label, role: "other" })),
    acceptsText: true,
    escape: null,
  };
}

export function plan(items) {
  return {
    kind: "plan",
    header: "Plan",
    text: "Carry out this plan?",
    subject: items.map((item) => `- ${item}`),
    options: [
      { label: "Yes, go ahead", role: "allow" },
      { label: "No, keep planning", role: "deny" },
    ],
    escape: 1,
  };
}

/** Like the real ones, it has "No" chosen beforehand: a blind Enter leaves. */
export function trust(folder) {
  return {
    kind: "startup",
    header: "Accessing a folder",
    text: "Do you trust the files in this folder?",
    subject: [folder],
    options: [
      { label: "No, exit", role: "deny" },
      { label: "Yes, I trust this folder", role: "allow" },
    ],
    escape: 0,
  };
}

export function update(version) {
  return {
    kind: "startup",
    header: "Update",
    text: `Update available: ${version} -> 99.0.0`,
    subject: [],
    options: [
      { label: "Update now", role: "allow" },
      { label: "Skip", role: "deny" },
    ],
    escape: 1,
  };
}

export function overage(text) {
  return {
    kind: "limit",
    header: "Usage limit",
    text: text ?? "Continue with paid usage?",
    subject: [],
    options: [
      { label: "Stop and wait", role: "deny" },
      { label: "Continue with paid usage", role: "allow" },
    ],
    escape: 0,
  };
}

export function nudge() {
  return {
    kind: "limit",
    header: "Usage limit",
    text: "Approaching the usage limit. Switch to a cheaper model?",
    subject: [],
    options: [
      { label: "Switch", role: "allow" },
      { label: "Keep the current model", role: "deny" },
    ],
    escape: 1,
  };
}

/**
 * Another dialog of the same kind for the same place, its options in the other order, so that a
 * key meant for the first one does something else here.
 */
export function another(dialog) {
  const options = dialog.options.toReversed();
  switch (dialog.kind) {
    case "approval":
      return { ...approval("git push --force"), options };
    case "question":
      return question(
        "Which branch shall be deleted?",
        options.length > 0 ? options.map((option) => `${option.label} branch`) : [],
      );
    case "plan":
      return { ...plan(["delete everything", "start again"]), options, escape: 0 };
    default:
      return { ...dialog, text: `${dialog.text} (changed)`, options, escape: 1 - dialog.escape };
  }
}
