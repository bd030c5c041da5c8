// Shows what is not sent yet, so that nothing waits unseen. Fetched only when somebody looks.

/** Fill and open the dialog; `dropLabel` names the button that gives an entry up. */
export function listOutbox(outbox, dropLabel) {
  const list = document.querySelector("[data-outbox-list]");
  list.replaceChildren(
    ...outbox.read().map((entry) => {
      const row = document.createElement("li");
      row.className = "row row-between";
      const text = document.createElement("span");
      const answers = [...new URLSearchParams(entry.body)].filter(([, value]) => value);
      text.textContent = answers.map(([name, value]) => `${name.replace(/^value-/, "")}: ${value}`).join(" · ");
      const drop = document.createElement("button");
      drop.type = "button";
      drop.className = "button button-small button-danger";
      drop.textContent = dropLabel;
      drop.addEventListener("click", () => {
        outbox.drop(entry.id);
        row.remove();
      });
      row.append(text, drop);
      return row;
    }),
  );
  document.getElementById("outbox").showModal();
}
