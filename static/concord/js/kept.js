// What this browser keeps until the server has it, under the account's name: drafts, and the
// outbox of submissions that are not acknowledged. Both hold the answer and where it goes,
// nothing of the item.

const PREFIX = "concord:";
const LONGEST_WAIT = 90000;

export const clock = (date) => date.toTimeString().slice(0, 8);

/** localStorage that never throws: what it can't take is kept in this tab, and `isFull` says so. */
export const store = {
  memory: new Map(),
  get isFull() {
    return this.memory.size > 0;
  },
  get(key) {
    try {
      return this.memory.get(key) ?? localStorage.getItem(key);
    } catch {
      return null;
    }
  },
  set(key, value) {
    try {
      localStorage.setItem(key, value);
      this.memory.delete(key);
    } catch {
      this.memory.set(key, value);
    }
  },
  remove(key) {
    this.memory.delete(key);
    try {
      localStorage.removeItem(key);
    } catch {
      // Where nothing can be kept, nothing is there to be removed.
    }
  },
  keys(prefix) {
    let kept = [];
    try {
      kept = Object.keys(localStorage);
    } catch {
      // Storage is switched off in this browser.
    }
    return [...new Set([...kept, ...this.memory.keys()])].filter((key) => key.startsWith(prefix)).sort();
  },
};

export const draftKey = (user, assignment) => `${PREFIX}${user}:draft:${assignment}`;

/** Everything of this product, whoever left it. */
export function purge() {
  for (const key of store.keys(PREFIX)) store.remove(key);
}

/** The token as it is now: signing in again in another tab makes a new one. */
export function csrfToken() {
  const cookie = document.cookie.match(/(?:^|; )csrftoken=([^;]+)/)?.[1];
  return cookie ?? document.querySelector("[name=csrfmiddlewaretoken]")?.value ?? "";
}

/** Survives reload, crash and an ended session. One key for each entry, so that two tabs can
 *  write at once; keys sort in the order of submission. */
export class Outbox {
  constructor(user) {
    this.user = user;
    this.prefix = `${PREFIX}${user}:outbox:`;
  }

  read() {
    return store.keys(this.prefix).flatMap((key) => {
      try {
        return [{ ...JSON.parse(store.get(key)), key }];
      } catch {
        return [];
      }
    });
  }

  get waiting() {
    return this.read().filter((entry) => !entry.refused);
  }

  get refused() {
    return this.read().filter((entry) => entry.refused);
  }

  of(assignment) {
    return this.read().find((entry) => entry.assignment === assignment);
  }

  /** One entry for each assignment: what is submitted later replaces what waits. */
  put(entry) {
    const former = this.read().filter((other) => other.assignment === entry.assignment);
    const last = store.keys(this.prefix).at(-1)?.slice(this.prefix.length, this.prefix.length + 15) ?? "";
    const now = String(Date.now()).padStart(15, "0");
    // A clock that was set back must not let a later answer overtake an earlier one.
    const place = now > last ? now : String(Number(last) + 1).padStart(15, "0");
    const key = `${this.prefix}${place}:${entry.assignment}`;
    store.set(key, JSON.stringify(entry));
    for (const other of former) if (other.key !== key) store.remove(other.key);
    return { ...entry, key };
  }

  drop(key) {
    store.remove(key);
  }

  dropFor(assignment) {
    for (const entry of this.read()) if (entry.assignment === assignment) this.drop(entry.key);
  }

  refuse(entry, why) {
    const { key, ...rest } = entry;
    if (store.get(key) !== null) store.set(key, JSON.stringify({ ...rest, refused: why }));
  }

  retry() {
    for (const { key, refused, ...entry } of this.refused) store.set(key, JSON.stringify(entry));
  }

  /** Send what waits, oldest first, one tab at a time. `headersOf(entry)` adds headers;
   *  `onAnswer(entry, answer)` hears of each. Stops at the first that can't be delivered;
   *  returns {state: "sent" | "offline" | "signed out" | "other person", after?: seconds}. */
  drain(onAnswer, headersOf = () => ({})) {
    const work = () => this.sendAll(onAnswer, headersOf);
    return navigator.locks ? navigator.locks.request(this.prefix, work) : work();
  }

  async sendAll(onAnswer, headersOf) {
    for (const { key } of this.waiting) {
      // Another tab, or the person, may have changed or dropped it while the one before was sent.
      const entry = this.waiting.find((other) => other.key === key);
      if (!entry) continue;
      const answer = await deliver(entry, this.user, headersOf(entry));
      if (["offline", "signed out", "other person"].includes(answer.state)) return answer;
      if (answer.state === "stored") this.drop(entry.key);
      else this.refuse(entry, answer.why ?? answer.state);
      await onAnswer(entry, answer);
    }
    return { state: "sent" };
  }
}

/** The page in what the server answered. */
export const fragment = (html) => new DOMParser().parseFromString(html, "text/html").getElementById("judge");

/** Ask the server as its page's script; the answer's state is one of those of `deliver`. */
export async function ask(url, options = {}) {
  const { headers, ...rest } = options;
  try {
    return await fetch(url, {
      redirect: "manual",
      signal: AbortSignal.timeout(LONGEST_WAIT),
      ...rest,
      headers: { "X-Concord-Fragment": "1", ...(options.method ? { "X-CSRFToken": csrfToken() } : {}), ...headers },
    });
  } catch {
    return null;
  }
}

/** Why an answer says nothing of the work itself: it was not for this person, or never came. */
export function absence(response, user) {
  if (!response) return "offline";
  if (response.type === "opaqueredirect" || response.status === 401) return "signed out";
  const person = response.headers.get("X-Concord-User");
  if (person && person !== user) return "other person";
  // A refused token names nobody: the session behind it is another one, or none.
  if (!person && response.status === 403) return "signed out";
  // What a proxy answers for a service that is away names nobody either.
  return response.status >= 500 || response.status === 429 || !person ? "offline" : "";
}

/** {state: "stored" | "shown" | "refused" | an absence, html?, receipt?, why?, after?} */
async function deliver(entry, user, headers) {
  const response = await ask(entry.url, {
    method: "POST",
    body: entry.body,
    headers: { "Content-Type": "application/x-www-form-urlencoded", "Idempotency-Key": entry.id, ...headers },
  });
  const absent = absence(response, user);
  if (absent) return { state: absent, after: Number(response?.headers.get("Retry-After")) || 0 };
  let text;
  try {
    text = await response.text();
  } catch {
    return { state: "offline" };
  }
  if (response.headers.get("Content-Type")?.startsWith("application/json")) {
    return { state: response.ok ? "stored" : "refused", ...JSON.parse(text) };
  }
  // Next item, or 409 and 422: the page with the answers in its form and what is wrong beside them.
  if (response.headers.has("X-Concord-Fragment")) return { state: response.ok ? "stored" : "shown", html: text };
  return { state: "refused", why: String(response.status) };
}
