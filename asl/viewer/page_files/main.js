// A first rendering: the states of each view, in the order of the definition.
const data = JSON.parse(/** @type {HTMLElement} */ (document.getElementById("data")).textContent ?? "{}");

/**
 * @param {string} tag
 * @param {string} text
 * @param {Element} parent
 */
function add(tag, text, parent) {
  const made = document.createElement(tag);
  made.textContent = text;
  parent.append(made);
  return made;
}

const main = add("main", "", document.body);
add("h1", data.title, main);
for (const view of data.views) {
  add("h2", view.title, main);
  for (const note of view.notes) add("p", note, main);
  const list = add("ol", "", main);
  const visits = view.execution ? view.execution.visits : [];
  for (const box of view.graph.boxes) {
    const last = visits.findLast((/** @type {{state: number}} */ one) => view.paths[one.state] === box.path);
    add("li", `${box.name} (${box.type}) ${box.service ?? ""} ${box.target ?? ""} ${last ? last.outcome : ""}`, list);
  }
}
