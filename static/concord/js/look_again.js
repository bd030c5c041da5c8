// Nothing is there for this person now: look again from time to time, and say so when something
// has come. Looking takes nothing; the person takes it when they are there.

export function bind({ root, fill, signal, flow }) {
  const look = async () => {
    if (document.hidden) return;
    const answer = await fetch(`${root.dataset.judgeUrl}?nothing=1`, { headers: { "X-Concord-Fragment": "1" }, redirect: "manual", signal }).catch(() => null);
    if (!answer?.ok || signal.aborted) return;
    const html = await answer.text();
    const node = new DOMParser().parseFromString(html, "text/html").getElementById("judge");
    // Who reads or presses something here is not moved away from it by an answer that says the same.
    if (!node || node.dataset.judge === "nothing") return;
    flow.show(node, html);
    flow.announce(fill("awaits"));
  };
  const every = setInterval(look, Number(root.dataset.lookAgain) * 1000);
  signal.addEventListener("abort", () => clearInterval(every));
  document.addEventListener("visibilitychange", look, { signal });
}
