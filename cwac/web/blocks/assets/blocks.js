// Blocks of a page in the browser: cards, tiles, a strip of weeks, bars, a grid, spans on a time axis, a month, a table.
//
// What they show comes from cwac/web/blocks/content.py. Every text goes in as textContent. Links are real links; after a
// plain click on one Streamlit shows its address, so that the page is not loaded anew.

import { addressOf, agency, copyText, dots, follow, make, rove } from "../cwac.frame/dom.js"

const SYMBOLS = { good: "✓", warning: "▲", error: "⬣", notice: "ℹ", plain: "" }
const mounted = new WeakMap()

export default function ({ data, parentElement }) {
  let root = mounted.get(parentElement)
  if (!root) {
    root = make("div", { class: "blocks" })
    root.shownInFull = new Set()
    root.addEventListener("click", (event) => {
      const link = event.target.closest("a[data-target]")
      if (link) follow(event, addressOf(JSON.parse(link.dataset.target)))
    })
    parentElement.append(root)
    mounted.set(parentElement, root)
  }
  const text = JSON.stringify(data)
  if (root.drawn === text) return
  const focused = root.contains(document.activeElement) ? document.activeElement.dataset.key : null
  root.drawn = text
  root.replaceChildren(...data.blocks.map((block, at) => numbered(BLOCKS[block.kind](block, root), at)))
  if (focused) root.querySelector(`[data-key="${CSS.escape(focused)}"]`)?.focus()
}

// A name for each link and button that stays the same from one run to the next, to give the focus back to it.
function numbered(block, at) {
  block.querySelectorAll("a, button").forEach((element, place) => (element.dataset.key = `${at}-${place}`))
  return block
}

// --- pieces of a line --------------------------------------------------------------------------------------------------

function pieces(list) {
  return (list ?? []).map(piece)
}

function piece(given) {
  if (typeof given === "string") return document.createTextNode(given)
  return PIECES[given.type](given)
}

const PIECES = {
  strong: ({ text }) => make("strong", {}, text),
  quiet: ({ text }) => make("span", { class: "quiet" }, text),
  struck: ({ text }) => make("s", {}, text),
  break: () => make("br"),
  agency,
  dots,
  chip: ({ text, tone }) =>
    make("span", { class: `chip ${tone}` }, SYMBOLS[tone] ? make("span", { "aria-hidden": "true" }, `${SYMBOLS[tone]} `) : null, text),
  event: ({ id, text }) => linkTo({ event: id }, text, { "aria-haspopup": "dialog" }),
  page: ({ page, query, text, button, expanded }) =>
    linkTo({ page, query }, text, { class: button ? "choice" : null, "aria-expanded": expanded }),
  link: ({ url, text }) => make("a", { href: url, target: "_blank", rel: "noopener noreferrer" }, text),
  copy: ({ text, label, query }) => {
    const status = make("span", { role: "status", class: "quiet" })
    const button = make("button", { type: "button", class: "small" }, label)
    button.addEventListener("click", () => copyText(query ? location.origin + location.pathname + text : text, button, status))
    return make("span", { class: "copying" }, button, status)
  },
  line: ({ values, text }) => sparkline(values, text),
}

function linkTo(target, text, more = {}) {
  return make("a", { href: addressOf(target), "data-target": JSON.stringify(target), ...more }, text)
}

function sparkline(values, text) {
  const known = values.filter((value) => value !== null)
  const top = Math.max(1, ...known)
  const space = "http://www.w3.org/2000/svg"
  const picture = document.createElementNS(space, "svg")
  picture.setAttribute("viewBox", "0 0 80 24")
  picture.setAttribute("class", "sparkline")
  picture.setAttribute("role", "img")
  picture.setAttribute("aria-label", text)
  const step = 76 / Math.max(1, values.length - 1)
  const places = values.map((value, at) => (value === null ? null : [2 + at * step, 22 - (20 * value) / top]))
  for (let at = 0; at < places.length; at += 1) {
    if (!places[at]) continue
    if (places[at - 1]) {
      const line = document.createElementNS(space, "line")
      for (const [name, value] of Object.entries({ x1: places[at - 1][0], y1: places[at - 1][1], x2: places[at][0], y2: places[at][1] }))
        line.setAttribute(name, value.toFixed(1))
      picture.append(line)
    }
    if (at === places.length - 1 || (!places[at - 1] && !places[at + 1])) {
      const dot = document.createElementNS(space, "circle")
      dot.setAttribute("cx", places[at][0].toFixed(1))
      dot.setAttribute("cy", places[at][1].toFixed(1))
      dot.setAttribute("r", "2")
      picture.append(dot)
    }
  }
  return picture
}

// --- blocks ------------------------------------------------------------------------------------------------------------

const BLOCKS = {
  heading: ({ text }) => make("h2", {}, text),

  note: ({ text }) => make("p", { class: "hint" }, make("span", { "aria-hidden": "true" }, "ℹ "), text),

  lines: ({ lines }) => make("div", { class: "lines" }, ...lines.map((line) => make("p", {}, ...pieces(line)))),

  cards: ({ cards, columns, limit, narrow, label }, root) => {
    const items = cards.map((card) => make("li", { class: `card ${card.tone ?? ""} ${card.large ? "large" : ""}` }, ...cardParts(card)))
    const list = make("ul", { class: "cards", "aria-label": label }, ...items)
    list.style.setProperty("--columns", columns)
    return limited(list, items, isNarrow() ? narrow : limit, root, label)
  },

  tiles: ({ tiles, label }) =>
    make(
      "ul",
      { class: "tiles", "aria-label": label },
      ...tiles.map((tile) =>
        make(
          "li",
          { class: `tile ${tile.tone ?? ""}` },
          make("span", { class: "value" }, tile.value),
          make("span", { class: "name" }, ...pieces(tile.name)),
          tile.note ? make("span", { class: "note" }, ...pieces(tile.note)) : null,
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
          { class: week.now ? "now" : null },
          make("span", { class: "week" }, week.name),
          make(
            "ul",
            {},
            ...week.marks.map((mark) => {
              const link = linkTo({ event: mark.event }, "", { "aria-label": mark.text, title: mark.text, "aria-haspopup": "dialog" })
              link.className = `mark ${mark.conflict ? "conflict" : ""} ${mark.share === null ? "unknown" : ""}`
              const fill = make("span", { class: "fill" })
              fill.style.height = `${100 * Math.max(0, Math.min(1, mark.share ?? 0))}%`
              link.append(fill)
              return make("li", {}, link)
            }),
            week.more ? make("li", {}, piece(week.more)) : null,
          ),
        ),
      ),
    )
    rove(list, [...list.querySelectorAll("a")])
    return list
  },

  bars: ({ rows, label, limit, narrow, each }, root) => {
    const top = Math.max(1, ...rows.map((row) => row.parts.reduce((sum, part) => sum + part.value, 0)), ...rows.map((row) => row.of ?? 0))
    const items = rows.map((row) => {
      const bar = make("span", { class: "track", "aria-hidden": "true" })
      for (const part of row.parts) {
        const made = make("span", { class: `part ${part.tone ?? ""}` })
        made.style.width = `${(100 * part.value) / ((each && row.of) || top)}%`
        bar.append(made)
      }
      return make("li", {}, make("span", { class: "name" }, ...pieces(row.name)), bar, make("span", { class: "value" }, ...pieces(row.text)))
    })
    return limited(make("ul", { class: "bars", "aria-label": label }, ...items), items, isNarrow() ? narrow : limit, root, label)
  },

  grid: ({ caption, columns, rows, narrow, ahead }) => {
    // On a phone only the last columns are shown.
    const early = (at) => `${narrow && at > 0 && at < columns.length - narrow ? "early" : ""} ${at === ahead ? "ahead" : ""}`
    const head = make("tr", {}, ...columns.map((name, at) => make("th", { scope: "col", class: early(at) }, name)))
    const body = rows.map((row) =>
      make(
        "tr",
        {},
        make("th", { scope: "row" }, ...pieces(row.name)),
        ...row.cells.map((cell, at) =>
          make(
            "td",
            { class: `level-${cell.level} ${early(at + 1)} ${cell.total ? "total" : ""}` },
            ...(cell.event ? [linkTo({ event: cell.event }, cell.text)] : cell.text ? [cell.text] : nothing()),
          ),
        ),
      ),
    )
    return scrolling(make("table", { class: "grid" }, make("caption", {}, caption), make("thead", {}, head), make("tbody", {}, ...body)), caption)
  },

  spans: ({ label, ticks, rows }) => {
    const axis = make("li", { class: "axis", "aria-hidden": "true" }, make("span", { class: "name" }), make("span", { class: "track" }))
    for (const tick of ticks) {
      const mark = make("span", { class: "tick" }, tick.text)
      mark.style.left = `${100 * tick.at}%`
      if (tick.at === 0) mark.style.transform = "none"
      if (tick.at === 1) mark.style.transform = "translateX(-100%)"
      axis.lastChild.append(mark)
    }
    return make(
      "ul",
      { class: "spans", "aria-label": label },
      ...rows.map((row) => {
        const bar = make("span", { class: `part ${row.tone ?? ""}` })
        bar.style.left = `${100 * row.from}%`
        bar.style.width = `${Math.max(1, 100 * (row.to - row.from))}%`
        return make("li", {}, make("span", { class: "name" }, ...pieces(row.name)), make("span", { class: "track", "aria-hidden": "true" }, bar))
      }),
      axis,
    )
  },

  month: ({ caption, weeks, desk }) =>
    make(
      "table",
      { class: desk ? "month desk" : "month" },
      make("caption", {}, caption),
      make("thead", {}, make("tr", {}, ..."Sun Mon Tue Wed Thu Fri Sat".split(" ").map((name) => make("th", { scope: "col", abbr: name }, name[0])))),
      make("tbody", {}, ...weeks.map((week) => make("tr", {}, ...week.map(monthDay)))),
    ),

  table: ({ caption, columns, rows, limit, narrow }, root) => {
    const body = rows.map((row) =>
      make(
        "tr",
        {},
        ...row.map((cell, at) =>
          at === 0
            ? make("th", { scope: "row" }, ...pieces(cell))
            : make("td", {}, make("span", { class: "column", "aria-hidden": "true" }, columns[at]), make("span", { class: "content" }, ...pieces(cell))),
        ),
      ),
    )
    const head = make("thead", {}, make("tr", {}, ...columns.map((name) => make("th", { scope: "col" }, name))))
    const table = make("table", { class: "rows" }, make("caption", { class: "heard" }, caption), head, make("tbody", {}, ...body))
    return limited(table, body, isNarrow() ? narrow : limit, root, caption)
  },
}

function cardParts(card) {
  return [
    make("div", { class: "main" }, make("p", { class: "title" }, ...pieces(card.title)), ...(card.lines ?? []).map((line) => make("p", {}, ...pieces(line)))),
    card.picture ? BLOCKS[card.picture.kind](card.picture) : null,
    card.actions?.length ? make("p", { class: "actions" }, ...card.actions.flatMap((action) => [piece(action), " "])) : null,
  ]
}

function monthDay(day) {
  if (day === null) return make("td", {})
  const number = make("span", { class: "number" }, String(day.number))
  const inside = day.target
    ? [make("a", { href: addressOf(day.target), "data-target": JSON.stringify(day.target), "aria-label": day.text }, number, make("span", { class: "marks", "aria-hidden": "true" }, "•".repeat(Math.min(3, day.events))))]
    : [number]
  return make("td", { class: day.today ? "today" : null, "aria-current": day.today ? "date" : null }, ...inside)
}

function isNarrow() {
  return matchMedia("(max-width: 640px)").matches
}

// The first few of a long list, and a button for the others, which stay when the list is drawn again.
function limited(list, items, limit, root, label) {
  const hidden = limit && items.length > limit + 1 && !root.shownInFull.has(label) ? items.slice(limit) : []
  if (!hidden.length) return make("div", {}, list)
  for (const item of hidden) item.hidden = true
  const button = make("button", { type: "button", class: "show" }, `Show ${hidden.length} more`)
  button.addEventListener("click", () => {
    root.shownInFull.add(label)
    for (const item of hidden) item.hidden = false
    button.remove()
    const first = hidden[0].querySelector("a, button")
    if (first) first.focus()
    else {
      hidden[0].tabIndex = -1
      hidden[0].focus()
    }
  })
  return make("div", {}, list, button)
}

function nothing() {
  return [make("span", { "aria-hidden": "true" }, "·"), make("span", { class: "heard" }, "none")]
}

// A wide table scrolls by itself, and can be scrolled with the keyboard.
function scrolling(table, label) {
  return make("div", { class: "scrolling", tabindex: "0", role: "region", "aria-label": label }, table)
}
