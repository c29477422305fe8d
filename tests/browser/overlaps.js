// What lies on what it must not, in the picture that is open: texts, labels, lines, boxes and buttons.
() => {
  const wrong = new Set();
  const at = (element) => element.getBBox();
  const along = (a, b, from, size) => a[from] + 0.5 < b[from] + b[size] && b[from] + 0.5 < a[from] + a[size];
  const meet = (a, b) => along(a, b, "x", "width") && along(a, b, "y", "height");
  const within = (a, b, from, size, room) => b[from] <= a[from] + room && a[from] + a[size] <= b[from] + b[size] + room;
  const boxes = [...document.querySelectorAll(".box")].map((box) => ({
    name: box.dataset.name,
    texts: [...box.querySelectorAll(":scope > text")],
    fold: box.querySelector(":scope > .fold"),
    isOpen: box.classList.contains("open"),
    at: at(box.querySelector(":scope > .shape")),
  }));
  const closed = boxes.filter((box) => !box.isOpen);
  const labels = [...document.querySelectorAll(".label")].map((label) => ({ name: label.textContent, at: at(label.querySelector("rect")) }));

  for (const box of boxes) {
    const { e: x, f: y } = box.fold?.transform.baseVal.consolidate().matrix ?? {};
    for (const text of box.texts) {
      const own = at(text);
      if (!within(own, box.at, "x", "width", -2) || !within(own, box.at, "y", "height", 1)) wrong.add(`${text.textContent} leaves its box`);
      if (box.fold && meet(own, { x, y, width: 18, height: 18 })) wrong.add(`${text.textContent} is under a button`);
    }
  }
  const solid = [...closed, ...labels];
  for (const [index, one] of solid.entries())
    for (const other of solid.slice(index + 1)) if (meet(one.at, other.at)) wrong.add(`${one.name} and ${other.name} overlap`);
  for (const line of document.querySelectorAll(".line"))
    for (let passed = 8; passed < line.getTotalLength() - 8; passed += 4) {
      const { x, y } = line.getPointAtLength(passed);
      const box = closed.find((one) => meet({ x: x - 1, y: y - 1, width: 2, height: 2 }, one.at));
      if (box) wrong.add(`a line goes through ${box.name}`);
    }
  return [...wrong];
}
