// Blocks of a page in the browser: cards, rows, tiles, a strip of weeks, bars, a table.
//
// What they show comes from cwac/web/blocks/__init__.py. Every text goes in as textContent. Links are real links; after a
// plain click on one Streamlit shows its address, so that the page is not loaded anew.

import { addressOf, agency, copyText, dots, follow, make, rove } from "../cwac.frame/dom.js"

const SYMBOLS = { good: "✓", warning: "▲", error: "⬣", notice: "ℹ", plain: "" }

export default function ({ data, parentElement }) {
  let root = parentElement.querySelector(".blocks")
  if (!root) {
    root = make("div", { class: "blocks" })
    root.shownInFull = new Set()
    root.addEventListener("click", clicked)
    parentElement.append(root)
  }
  const text = JSON.stringify(data)
  if (root.drawn === text) return
  const focused = root.contains(document.activeElement) ? document.activeElement.dataset.key : null
  root.drawn = text
  root.replaceChildren(...data.blocks.map((block) => BLOCKS[block.kind](block, root)))
  // A name for each link and button that stays the same from one run to the next, to give the focus back to it.
  for (const [at, block] of [...root.children].entries()) {
    block.querySelectorAll("a, button").forEach((element, place) => (element.dataset.key = `${at}-${place}`))
  }
  if (focused) root.querySelector(`[data-key="${CSS.escape(focused)}"]`)?.focus()
}

function clicked(event) {
  const inside = event.target.closest("a, button, textarea")
  const row = inside || getSelection().toString() ? null : event.target.closest("tr.opens")
  const link = inside?.closest("a[data-target]") ?? row?.querySelector("a[data-target]")
  if (link) follow(event, addressOf(JSON.parse(link.dataset.target)))
}

// --- pieces of a line --------------------------------------------------------------------------------------------------

// Names and marks stand apart from what is beside them, also in copied text.
const APART = ["agency", "chip", "dots"]

function pieces(list) {
  return list.flatMap((given, at) => (at && areGlued(list[at - 1], given) ? [" ", piece(given)] : [piece(given)]))
}

function areGlued(...pair) {
  const [before, after] = pair.map((given) => given.text ?? given.name ?? (typeof given === "string" ? given : " "))
  return pair.some(({ type }) => APART.includes(type)) && !/\s$/.test(before) && !/^[\s,.;:)]/.test(after)
}

function piece(given) {
  if (typeof given === "string") return document.createTextNode(given)
  return PIECES[given.type](given)
}

const PIECES = {
  strong: ({ text }) => make("strong", {}, text),
  quiet: ({ text }) => make("span", { class: "quiet" }, text),
  wide: ({ text }) => make("span", { class: "quiet wide" }, text),
  struck: ({ text }) => make("s", {}, text),
  break: () => make("br"),
  agency,
  dots,
  chip: ({ text, tone }) =>
    make("span", { class: ["chip", tone] }, SYMBOLS[tone] && make("span", { "aria-hidden": "true" }, `${SYMBOLS[tone]} `), text),
  event: ({ id, text }) => linkTo({ event: id }, text, { "aria-haspopup": "dialog" }),
  page: ({ page, query, text, button, expanded }) =>
    linkTo({ page, query }, text, { class: button && "choice", "aria-expanded": expanded }),
  link: ({ url, text }) => make("a", { href: url, target: "_blank", rel: "noopener noreferrer" }, text),
  copy: ({ text, label, query }) => {
    const status = make("span", { role: "status", class: "quiet" })
    const button = make("button", { class: "small" }, label)
    button.addEventListener("click", () => copyText(query ? location.origin + location.pathname + text : text, button, status))
    return make("span", { class: "copying" }, button, status)
  },
  line: ({ values, text }) => sparkline(values, text),
}

function linkTo(target, text, more = {}) {
  return make("a", { href: addressOf(target), "data-target": JSON.stringify(target), ...more }, text)
}

function sparkline(values, text) {
  const xmlns = "http://www.w3.org/2000/svg"
  const top = Math.max(1, ...values)
  const step = 76 / Math.max(1, values.length - 1)
  const isKnown = (at) => Number.isFinite(values[at])
  const place = (at) => `${(2 + at * step).toFixed(1)} ${(22 - (20 * values[at]) / top).toFixed(1)}`
  const known = [...values.keys()].filter(isKnown)
  const line = known.map((at) => `${isKnown(at - 1) ? "L" : "M"}${place(at)}`)
  const points = known.filter((at) => at === values.length - 1 || !(isKnown(at - 1) || isKnown(at + 1)))
  const dots = points.map((at) => `M${place(at)}h0`)
  return make(
    "svg",
    { xmlns, viewBox: "0 0 80 24", class: "sparkline", role: "img", "aria-label": text },
    make("path", { xmlns, d: line.join("") }),
    make("path", { xmlns, d: dots.join(""), class: "points" }),
  )
}

// --- blocks ------------------------------------------------------------------------------------------------------------

const BLOCKS = {
  heading: ({ text, wide }) => make("h2", {}, text, wide && make("span", { class: "wide" }, wide)),

  note: ({ text }) => make("p", { class: "hint" }, make("span", { "aria-hidden": "true" }, "ℹ "), text),

  lines: ({ lines }) => make("div", { class: "lines" }, ...paragraphs(lines)),

  cards: (block, root) => {
    const items = block.cards.map(({ title, lines, tone, actions, large }) =>
      make(
        "li",
        { class: ["card", tone, large && "large"] },
        make("div", { class: "main" }, make("p", { class: "title" }, ...pieces(title)), ...paragraphs(lines)),
        actions.length > 0 && make("p", { class: "actions" }, ...actions.flatMap((action) => [piece(action), " "])),
      ),
    )
    return limited("ul", { class: "cards", style: { "--columns": block.columns } }, [], items, block, root)
  },

  rows: (block, root) => {
    const { columns, top, desk } = block
    const end = columns.findLastIndex((_, at) => !top.includes(at) && !desk.includes(at))
    const line = (at) => (top.includes(at) ? "top" : desk.includes(at) ? "desk" : at === end && "end")
    return table("list", block, block.rows, line, root)
  },

  table: (block, root) => table("rows", block, block.rows.map((cells) => ({ cells, below: [] })), () => false, root),

  tiles: ({ tiles, label }) =>
    make(
      "ul",
      { class: "tiles", "aria-label": label },
      ...tiles.map(({ name, value, note, tone }) =>
        make(
          "li",
          { class: ["tile", tone] },
          make("span", { class: "value" }, value),
          make("span", { class: "name" }, ...pieces(name)),
          make("p", { class: "note quiet" }, ...pieces(note)),
        ),
      ),
    ),

  strip: ({ weeks, label }) => {
    const list = make(
      "ol",
      { class: "strip", "aria-label": label },
      ...weeks.map((week) =>
        make(
          "li",
          { class: week.now && "now" },
          make("p", { class: "week quiet" }, week.name),
          week.marks.length > 0 && make("ul", {}, ...week.marks.map(boxOfEvent), week.more && make("li", {}, piece(week.more))),
        ),
      ),
    )
    rove(list, [...list.querySelectorAll("a")])
    return list
  },

  bars: (block, root) => {
    const { rows, line } = block
    const top = Math.max(1, ...rows.map((row) => row.parts.reduce((sum, part) => sum + part.value, 0)))
    const percent = (value) => `${(100 * value) / top}%`
    const items = rows.map((row) => {
      const bar = make(
        "span",
        { class: "track", "aria-hidden": "true" },
        ...row.parts.map(({ value, tone }) => make("span", { class: ["part", tone], style: { width: percent(value) } })),
        line > 0 && make("span", { class: "line", style: { left: percent(line) } }),
      )
      return make("li", {}, make("span", { class: "name" }, ...pieces(row.name)), bar, make("span", { class: "value" }, ...pieces(row.text)))
    })
    return limited("ul", { class: "bars" }, [], items, block, root)
  },
}

function paragraphs(lines) {
  return lines.map((line) => make("p", {}, ...pieces(line)))
}

// Roles, since a phone lays the rows out as lines or cards, for which browsers forget that this is a table.
function table(layout, block, rows, line, root) {
  const { columns } = block
  const bodies = rows.map(({ cells, below }) => {
    const each = cells.map((cell, at) =>
      make(at ? "td" : "th", { role: at ? "cell" : "rowheader", class: line(at), "data-column": columns[at] }, ...pieces(cell)),
    )
    const row = make("tr", { role: "row" }, ...each)
    if (layout === "list" && row.querySelector("a[data-target]")) row.className = "opens"
    const under = make("td", { role: "cell", colspan: columns.length }, ...paragraphs(below))
    return make("tbody", { role: "rowgroup" }, row, below.length > 0 && make("tr", { role: "row", class: "below" }, under))
  })
  const head = make("tr", { role: "row" }, ...columns.map((name) => make("th", { role: "columnheader", class: "quiet" }, name)))
  return limited("table", { role: "table", class: layout }, [make("thead", { role: "rowgroup" }, head)], bodies, block, root)
}

function boxOfEvent({ event, town, staffed, text, tone, conflict }) {
  const heard = make("span", { class: "heard" }, ` ${text}`)
  const sign = conflict && make("span", { class: "alarm", "aria-hidden": "true" }, "⚠ ")
  const link = linkTo({ event }, "", { class: ["mark", conflict && "conflict"], title: text, "aria-haspopup": "dialog" })
  link.append(make("span", {}, sign, town), " ", make("span", { class: ["staffed quiet", tone] }, staffed), heard)
  return make("li", {}, link)
}

// A list, of a long one the first few items and a button for the others, which stay when the list is drawn again.
function limited(tag, attributes, head, items, block, root) {
  const label = block.label ?? block.caption
  const list = make(tag, { "aria-label": label, ...attributes }, ...head, ...items)
  const limit = matchMedia("(max-width: 640px)").matches ? block.narrow : block.limit
  const hidden = limit && items.length > limit + 1 && !root.shownInFull.has(label) ? items.slice(limit) : []
  if (!hidden.length) return make("div", {}, list)
  for (const item of hidden) item.classList.add("rest")
  const button = make("button", { class: "show" }, `Show ${hidden.length} more`)
  button.addEventListener("click", () => {
    root.shownInFull.add(label)
    for (const item of hidden) item.classList.remove("rest")
    button.remove()
    hidden[0].tabIndex = -1
    ;(hidden[0].querySelector("a, button") ?? hidden[0]).focus()
  })
  return make("div", {}, list, button)
}
