"use strict";
// What is compressed in the page is unpacked when somebody opens it. Python wrote and escaped it.
const blocks = new Map();

async function unpack(element) {
  const bytes = Uint8Array.from(atob(element.textContent.trim()), (one) => one.charCodeAt(0));
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
  return JSON.parse(await new Response(stream).text());
}

function block(number) {
  if (!blocks.has(number)) {
    blocks.set(number, unpack(document.getElementById("block-" + number)));
  }
  return blocks.get(number);
}

async function fill(details) {
  const {block: number, place} = details.dataset;
  if (number === undefined) return;
  const fragments = await block(number);
  if (details.dataset.block === undefined) return;
  details.querySelector(":scope > .body").innerHTML =
    place === undefined ? fragments.join("") : fragments[place];
  delete details.dataset.block;
}

document.addEventListener("toggle", (event) => {
  if (event.target.open) fill(event.target);
}, true);

// A link to a customer or a formula opens it, wherever it is.
async function show() {
  const id = decodeURIComponent(location.hash.slice(1));
  if (!id) return;
  const place = /^c(\d+)$/.exec(id);
  for (const range of place ? document.querySelectorAll(".range[data-first]") : []) {
    if (+range.dataset.first <= +place[1] && +place[1] <= +range.dataset.last) {
      await fill(range);
      range.open = true;
    }
  }
  const target = document.getElementById(id);
  if (target instanceof HTMLDetailsElement) {
    await fill(target);
    target.open = true;
    target.scrollIntoView();
    target.querySelector("summary").focus({preventScroll: true});
  }
}
addEventListener("hashchange", show);
show();

const find = document.getElementById("find");
if (find) find.addEventListener("input", async () => {
  const wanted = find.value.trim().toLocaleLowerCase();
  const ranges = [...document.querySelectorAll(".range")];
  if (wanted) await Promise.all(ranges.map(fill));
  if (wanted !== find.value.trim().toLocaleLowerCase()) return;
  let count = 0;
  for (const one of document.querySelectorAll(".customer")) {
    const name = one.querySelector(".name").textContent.toLocaleLowerCase();
    one.hidden = !name.includes(wanted);
    count += one.hidden ? 0 : 1;
  }
  for (const range of ranges) {
    range.open = Boolean(wanted) && Boolean(range.querySelector(".customer:not([hidden])"));
    range.hidden = Boolean(wanted) && !range.open;
  }
  document.getElementById("found").textContent = wanted ? count.toLocaleString("en") + " found" : "";
});

document.getElementById("formulas").addEventListener("click", async (event) => {
  const button = event.target.closest("button.copy");
  if (!button) return;
  const sql = button.parentElement.querySelector("pre");
  try {
    await navigator.clipboard.writeText(sql.textContent);
    button.textContent = "Copied";
  } catch {
    getSelection().selectAllChildren(sql); // where a page from disk may not: one key is left
  }
});
