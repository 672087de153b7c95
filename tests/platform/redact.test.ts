import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { createRedactor, isSecretName, redact, redactJson } from "../../src/platform/redact.ts";
import { workedMs } from "../support/worked-ms.ts";

const alnum = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

function word(alphabet: string, minLength: number, maxLength = minLength): fc.Arbitrary<string> {
  return fc.string({ unit: fc.constantFrom(...alphabet.split("")), minLength, maxLength });
}

/** Secrets that are known by their shape, each as it really looks. */
const shaped: Readonly<Record<string, fc.Arbitrary<string>>> = {
  openai: word(`${alnum}_-`, 40, 160).map((rest) => `sk-proj-${rest}`),
  anthropic: word(`${alnum}_-`, 80, 110).map((rest) => `sk-ant-api03-${rest}`),
  plainKey: word(alnum, 47).map((rest) => `sk-${rest}A`),
  githubClassic: fc
    .tuple(fc.constantFrom("ghp_", "gho_", "ghu_", "ghs_", "ghr_"), word(alnum, 36))
    .map((parts) => parts.join("")),
  githubFine: fc.tuple(word(alnum, 22), word(alnum, 59)).map(([a, b]) => `github_pat_${a}_${b}`),
  gitlab: word(`${alnum}_-`, 20).map((rest) => `glpat-${rest}`),
  slack: fc
    .tuple(fc.constantFrom("xoxb", "xoxp", "xoxa", "xoxs"), word("0123456789", 12), word(alnum, 24))
    .map((parts) => parts.join("-")),
  google: word(`${alnum}_-`, 35).map((rest) => `AIza${rest}`),
  stripe: fc
    .tuple(fc.constantFrom("sk_live_", "sk_test_", "rk_live_"), word(alnum, 24, 99))
    .map((parts) => parts.join("")),
  npm: word(alnum, 36).map((rest) => `npm_${rest}`),
  awsId: word("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", 16).map((rest) => `AKIA${rest}`),
  jwt: fc
    .tuple(word(`${alnum}_-`, 20, 60), word(`${alnum}_-`, 20, 300), word(`${alnum}_-`, 43))
    .map(([a, b, c]) => `eyJ${a}.eyJ${b}.${c}`),
  pem: fc
    .tuple(
      fc.constantFrom("RSA ", "EC ", "OPENSSH ", ""),
      fc.array(word(`${alnum}+/`, 64), { minLength: 1, maxLength: 30 }),
    )
    .map(([kind, lines]) =>
      [`-----BEGIN ${kind}PRIVATE KEY-----`, ...lines, `-----END ${kind}PRIVATE KEY-----`].join(
        "\n",
      ),
    ),
};

/** Text around a secret: anything that does not glue itself to it. */
const around = fc.oneof(
  fc.string({ unit: "binary", maxLength: 60 }),
  fc.lorem({ maxCount: 3 }),
  fc.constantFrom("", "\n", '{"a":"', "`", "key ", "\\n", "+", "(", "\u001b[31m", "http://x/?q="),
);
const before = around.filter(
  (text) => !/[A-Za-z0-9_-]$/.test(text) || text.endsWith("\\n") || text.endsWith("[31m"),
);
const after = around.filter((text) => !/^[A-Za-z0-9_-]/.test(text));

describe("secrets of known shape", () => {
  test.for(Object.entries(shaped))("%s never survives in any text", ([, secret]) => {
    fc.assert(
      fc.property(before, secret, after, (left, value, right) => {
        expect(redact(left + value + right)).not.toContain(value);
      }),
      { numRuns: 300 },
    );
  });

  test.for([
    ["sk-ant-api03-AAAAAAAAAAAAAAAAAAAAAAAA", "api_key"],
    ["ghp_abcdefghijklmnopqrstuvwxyz0123456789", "github_token"],
    ["glpat-abcdefghij0123456789", "gitlab_token"],
    ["xoxb-123456789012-abcdefghijklmnop", "slack_token"],
    ["AKIAIOSFODNN7EXAMPLE", "aws_key"],
    ["AIzaSyA1234567890abcdefghijklmnopqrstuv", "google_key"],
    ["sk_live_abcdefghijklmnop12345678", "stripe_key"],
    ["npm_abcdefghijklmnopqrstuvwxyz0123456789", "npm_token"],
    ["eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.dGVzdHNpZ25hdHVyZQ", "jwt"],
  ])("%s is named %s and leaves nothing behind", ([secret, kind]) => {
    expect(redact(`before ${secret} after`)).toBe(`before [REDACTED:${kind}] after`);
    expect(redact(`("${secret}",`)).toBe(`("[REDACTED:${kind}]",`);
  });

  test("a colour change or a typed line break escape next to a secret does not hide it", () => {
    const token = "ghp_abcdefghijklmnopqrstuvwxyz0123456789";

    expect(redact(`\u001b[31mgh\u001b[0mp_${token.slice(4)}\u001b[m.`)).toBe(
      "\u001b[31m[REDACTED:github_token]\u001b[m.",
    );
    expect(redact(`"line\\nsk-abcdefghijklmnop123456"`)).toBe('"line\\n[REDACTED:api_key]"');
    expect(redact("\u001b[1msk-abcdefghijklmnop123456")).toBe("\u001b[1m[REDACTED:api_key]");
  });

  test("a private key that was cut off is removed as far as it goes", () => {
    const body = "MIIEpAIBAAKCAQEAabcdefghijklmnopqrstuvwxyz0123456789ABCDEFGHIJKL";

    expect(redact(`-----BEGIN RSA PRIVATE KEY-----\n${body}\n${body}\nthe end`)).toBe(
      "[REDACTED:private_key]\nthe end",
    );
    expect(redact("a -----BEGIN PRIVATE KEY----- line starts a key")).toBe(
      "a -----BEGIN PRIVATE KEY----- line starts a key",
    );
  });

  test("a private key inside a JSON string or a diff is removed", () => {
    const body = "MIIEpAIBAAKCAQEAabcdefghijklmnopqrstuvwxyz0123456789ABCDEFGHIJKL";
    const json = `{"k":"-----BEGIN PRIVATE KEY-----\\n${body}\\n-----END PRIVATE KEY-----\\n"}`;
    const diff = `+-----BEGIN PRIVATE KEY-----\n+${body}\n+${body}`;

    expect(redact(json)).toBe('{"k":"[REDACTED:private_key]\\n"}');
    expect(redact(diff)).toBe("+[REDACTED:private_key]");
  });
});

describe("assignments, headers and URLs", () => {
  const value = word(`${alnum}!#%^*_+.-`, 8, 40).filter(
    (text) => /\d/.test(text) && /[A-Za-z]/.test(text) && /^[A-Za-z0-9].*[A-Za-z0-9]$/.test(text),
  );
  const name = fc.constantFrom(
    "API_KEY",
    "GITHUB_TOKEN",
    "DB_PASSWORD",
    "CLIENT_SECRET",
    "KEY",
    "password",
    "api_key",
    "secret",
    "authToken",
  );
  const form = fc.constantFrom(
    (n: string, v: string) => `${n}=${v}`,
    (n: string, v: string) => `${n}="${v}"`,
    (n: string, v: string) => `${n}='${v}'`,
    (n: string, v: string) => `${n}: "${v}"`,
    (n: string, v: string) => `${n} = '${v}'`,
    (n: string, v: string) => `export ${n}=${v};`,
    (n: string, v: string) => `"${n}": "${v}",`,
    (n: string, v: string) => `{\\"${n}\\":\\"${v}\\"}`,
    (n: string, v: string) => `${n}: ${v}`,
    (n: string, v: string) => `  - ${n}: ${v}   # note`,
  );

  test("a value assigned to the name of a secret never survives", () => {
    fc.assert(
      fc.property(around, name, form, value, around, (left, name, form, secret, right) => {
        expect(redact(`${left}\n${form(name, secret)}\n${right}`)).not.toContain(secret);
      }),
      { numRuns: 2_000 },
    );
  });

  test.for([
    ["PASSWORD=hunter2", "PASSWORD=[REDACTED:password]"],
    ["password: hunter2", "password: [REDACTED:password]"],
    ['db.password = "correct horse"', 'db.password = "[REDACTED:password]"'],
    ['{"password":"a\\"b"}', '{"password":"[REDACTED:password]"}'],
    ["?access_token=abc123&user=me", "?access_token=[REDACTED:secret]&user=me"],
    ["--password hunter2 --verbose", "--password [REDACTED:password] --verbose"],
    ["X-Api-Key: abcd1234efgh", "X-Api-Key: [REDACTED:secret]"],
    [
      "aws_secret_access_key = wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
      "aws_secret_access_key = [REDACTED:secret]",
    ],
    [
      "AWS_SECRET_ACCESS_KEY=/wJalrXUtnFEMI7MDENG/bPxRfiCYEXAMPLEKEY",
      "AWS_SECRET_ACCESS_KEY=[REDACTED:secret]",
    ],
    ["//registry.example/:_authToken=abcdef12", "//registry.example/:_authToken=[REDACTED:secret]"],
    ["Authorization: Bearer abc.def-ghi", "Authorization: Bearer [REDACTED:authorization]"],
    ["Authorization: Basic dTpw", "Authorization: Basic [REDACTED:authorization]"],
    [
      '-H "authorization: token abcdef123456"',
      '-H "authorization: token [REDACTED:authorization]"',
    ],
    ['{"Authorization":"Bearer abcdefgh"}', '{"Authorization":"Bearer [REDACTED:authorization]"}'],
    [
      'Authorization: Digest username="u", response="6629fae4"',
      "Authorization: Digest [REDACTED:authorization]",
    ],
    ['{"key":"abcd-1234-efgh-5678"}', '{"key":"[REDACTED:secret]"}'],
    ['{"key":"phase-01.9f86d081884c7d659a2f"}', '{"key":"[REDACTED:secret]"}'],
    ['"token":"phase-01.task-01"', '"token":"[REDACTED:secret]"'],
    ["https://user:p@ss@host/path", "https://user:[REDACTED:url_password]@host/path"],
    ["postgres://u:pa/ss@h:5432/db", "postgres://u:[REDACTED:url_password]@h:5432/db"],
    ["redis://:secretpw@h", "redis://:[REDACTED:url_password]@h"],
  ])("%s", ([text, expected]) => {
    expect(redact(text as string)).toBe(expected);
  });
});

describe("what is no secret stays", () => {
  test.for([
    "token: the next token",
    "The secret: practise every day.",
    "a task-force of disk-based risk-averse sk-learn users",
    "class sk-folding-cube-container-large",
    "commit 0123456789abcdef0123456789abcdef01234567",
    "key: 550e8400-e29b-41d4-a716-446655440000, next",
    "550e8400-e29b-41d4-a716-446655440000",
    "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk",
    "sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=",
    "const token = nextToken(input);",
    "password: string;",
    "token?: AccessToken | null",
    "secret: process.env.SECRET,",
    "PASSWORD=$DB_PASSWORD TOKEN=${TOKEN}",
    "connect(password=password, token=self.token)",
    "input_tokens: 1234, max_tokens=4096",
    "token_type: bearer1234567",
    "if (token === 'eof') return;",
    "PWD=/home/somebody/project1",
    "key: value",
    '{"key":"phase-01.task-01","state":"pending"}',
    '{\\"key\\":\\"stage.check_all.task-0012\\"}',
    "key: review-10-devils-advocate, phase-02.task-11",
    "key=stage.write.transform-12",
    "http://host:8080/a@b and ssh://git@example.org/x",
    "Authorization: see the chapter about headers",
    "authorization by the owner is required",
    "Password:",
    'token=""',
    "<password>",
    "npm_config_registry=x npm_lifecycle_event=test",
    "eyJust a word",
    "password: {",
    "HAVE_SOME_KEY: 1,",
    "const startToken = `${ticks}@${boot}`;",
    "authorization = base64.decodebytes(authorization)",
    "password: %s",
  ])("%s", (text) => {
    expect(redact(text)).toBe(text);
  });
});

describe("known values", () => {
  test("stand for themselves in plain text, JSON and URLs", () => {
    const value = 'pa"ss wörd/7';

    expect(redact(`x${value}y`, [value])).toBe("x[REDACTED:env]y");
    expect(redact(JSON.stringify({ a: value }), [value])).toBe('{"a":"[REDACTED:env]"}');
    expect(redact(`?q=${encodeURIComponent(value)}`, [value])).toBe("?q=[REDACTED:env]");
  });

  test("never survive, whatever they are", () => {
    const value = fc
      .string({ minLength: 6, maxLength: 50 })
      .filter((text) => text.trim().length >= 6);
    const values = fc.array(value, { minLength: 1, maxLength: 3 });
    fc.assert(
      fc.property(around, values, around, (left, known, right) => {
        const shown = redact(left + known.join(right) + right, known);
        const rest = shown.replaceAll(/\[REDACTED:[a-z_]+\]/g, "\u0000");
        expect(known.filter((text) => rest.includes(text))).toEqual([]);
      }),
    );
  });

  test("too short to be told from words are left alone, and marks are never eaten", () => {
    expect(redact("a true value", ["true"])).toBe("a true value");
    expect(redact("PASSWORD=hunter2 REDACTED", ["REDACTED"])).toBe(
      "PASSWORD=[REDACTED:password] [REDACTED:env]",
    );
  });

  test("names of variables tell whether their values are secret", () => {
    expect(["OPENAI_API_KEY", "GH_TOKEN", "PGPASSWORD", "AUTH_TOKEN_2"].every(isSecretName)).toBe(
      true,
    );
    expect(["PATH", "HOME", "PWD", "OPENAI_BASE_URL", "KEYBOARD"].some(isSecretName)).toBe(false);
  });
});

/** Pieces that meet in awkward ways: half secrets, names without values, marks, quotes. */
const pieces = fc
  .array(
    fc.oneof(
      ...Object.values(shaped),
      fc.constantFrom(
        "password=",
        "TOKEN: ",
        '"secret":"',
        "KEY=",
        "[REDACTED:api_key]",
        "[REDACTED:",
        "]",
        "://",
        "a:b",
        "@",
        "\n",
        " ",
        '"',
        "'",
        "\\",
        "\\n",
        "sk-",
        "sk-ant-",
        "ghp_",
        "eyJ",
        ".",
        "Authorization: ",
        "Bearer ",
        "-----BEGIN PRIVATE KEY-----",
        "-----END PRIVATE KEY-----",
        "AKIA",
        ",",
        ";",
        "x",
        "abc1234567",
        "\u001b[31m",
        "\u001b",
        "ü",
        "hunter2-known",
        "--token ",
      ),
      fc.string({ unit: "binary", maxLength: 12 }),
    ),
    { maxLength: 25 },
  )
  .map((all) => all.join(""));
const known = ["hunter2-known", "two\nlines of it"];

test("redacting twice changes nothing", () => {
  fc.assert(
    fc.property(pieces, (text) => {
      const once = redact(text, known);
      expect(redact(once, known)).toBe(once);
    }),
    { numRuns: 3_000 },
  );
});

describe("a stream", () => {
  test("cut anywhere gives what the whole text gives", () => {
    fc.assert(
      fc.property(pieces, fc.array(fc.nat(400), { maxLength: 12 }), (text, sizes) => {
        const redactor = createRedactor(known);
        let out = "";
        let at = 0;
        for (const size of sizes) {
          out += redactor.push(text.slice(at, at + size));
          at += size;
        }
        out += redactor.push(text.slice(at)) + redactor.end();
        expect(out).toBe(redact(text, known));
      }),
      { numRuns: 2_000 },
    );
  });

  test("without any line break gives what the whole text gives", () => {
    const filler = "lorem ipsum 0123456789 dolor sit amet; ".repeat(60);
    const part = fc.oneof(
      ...Object.values(shaped),
      fc.constantFrom("password=hunter2!", '"token": "a b c"', "x"),
    );
    fc.assert(
      fc.property(
        fc.array(part, { minLength: 100, maxLength: 150 }),
        fc.integer({ min: 1_000, max: 70_000 }),
        (parts, size) => {
          const text = parts.join(` ${filler}`).replaceAll("\n", "\\n");
          const redactor = createRedactor(known);
          let out = "";
          for (let at = 0; at < text.length; at += size)
            out += redactor.push(text.slice(at, at + size));
          expect(out + redactor.end()).toBe(redact(text, known));
        },
      ),
      { numRuns: 15 },
    );
  });

  test("gives complete lines at once and holds a key back until it ends", () => {
    const redactor = createRedactor();

    expect(redactor.push("one\ntw")).toBe("one\n");
    expect(redactor.push("o\n-----BEGIN PRIVATE KEY-----\nMIIE")).toBe("two\n");
    expect(redactor.push("abcdefghijklmnop\n-----END PRIVATE KEY-----\nrest\n")).toBe(
      "[REDACTED:private_key]\nrest\n",
    );
    expect(redactor.end()).toBe("");
  });

  test("of a diff keeps the number of lines and their marks", () => {
    const body = "MIIEpAIBAAKCAQEAabcdefghijklmnopqrstuvwxyz0123456789ABCDEFGHIJKL";
    const redactor = createRedactor([], { keepLines: true });
    const text = `+a\n+-----BEGIN PRIVATE KEY-----\n+${body}\n+-----END PRIVATE KEY-----\n-b\n`;

    expect(redactor.push(text) + redactor.end()).toBe(
      "+a\n+[REDACTED:private_key]\n+[REDACTED:private_key]\n+[REDACTED:private_key]\n-b\n",
    );
  });
});

test("JSON keeps its shape and loses its secrets, by name and by form", () => {
  const value = {
    task: "use sk-ant-api03-AAAAAAAAAAAAAAAAAAAA now",
    env: { DB_PASSWORD: "hunter2", PATH: "/bin" },
    token: "abc def",
    nested: [{ text: "PASSWORD=x1y2z3" }, 7, null],
    input_tokens: 12,
  };

  expect(redactJson(value)).toEqual({
    task: "use [REDACTED:api_key] now",
    env: { DB_PASSWORD: "[REDACTED:password]", PATH: "/bin" },
    token: "[REDACTED:secret]",
    nested: [{ text: "PASSWORD=[REDACTED:password]" }, 7, null],
    input_tokens: 12,
  });
});

test.for([
  ["ordinary lines", "const answer = compute(input.value, 42); // token of thanks\n"],
  ["one endless line", "QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVo0NTY3ODk"],
  ["names without end", "token:"],
  ["values without end", 'key="a'],
  ["half web tokens", "eyJ-"],
  ["half keys", "-----BEGIN PRIVATE KEY-----\n"],
  ["half URLs", "x://a:b"],
])("three megabytes of %s take a moment, not minutes", ([, unit]) => {
  const text = (unit as string).repeat(Math.ceil(3_000_000 / (unit as string).length));

  // quadratic time would take an hour
  expect(workedMs(() => redact(text))).toBeLessThan(5_000);
});
