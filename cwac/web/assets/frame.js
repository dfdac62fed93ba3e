// The frame in the browser: the links to the pages, Find, the age of the data, and a place whose words screen readers read out.
//
// Every text goes in as textContent. Links are real links; after a plain click Streamlit shows their address as it does
// after a step back, so that the page is not loaded anew.

import { addressOf, follow, make } from "./dom.js"

const WAIT = 200 // milliseconds without a key before what is typed is sent
const phone = matchMedia("(max-width: 767.98px)")
let box = null // where what is searched for is typed

export default function ({ data, parentElement, setTriggerValue }) {
  parentElement.draw ??= (data.pages ? makePages : makeFrame)(parentElement)
  parentElement.draw(data, setTriggerValue)
}

// The first drawing of an element, which returns a function for each one.
function makeFrame(parent) {
  const { find, drawFind } = makeFind()
  const updated = make("span", { class: "frame-updated quiet" })
  const said = make("div", { role: "status", class: "heard" })
  parent.append(make("div", { class: "frame-line" }, find, updated), said)
  document.querySelector("[data-testid=stMain]").tabIndex = -1 // it holds what can be reached, and is no stop itself
  return (data, send) => {
    if (said.textContent !== data.words) said.textContent = data.words
    updated.textContent = data.updated
    drawFind(data, send)
  }
}

function icon(name) {
  return make("span", { class: "frame-icon", "aria-hidden": "true" }, name)
}

// --- Find --------------------------------------------------------------------------------------------------------------

function makeFind() {
  const input = make("input", {
    type: "search",
    autocomplete: "off",
    spellcheck: "false",
    maxlength: "60",
    "aria-controls": "frame-found",
  })
  const heard = make("p", { role: "status" })
  const groups = make("div")
  const setting = make("input", { type: "checkbox", tabindex: "-1" })
  const label = make("label", { class: "setting" }, setting, "Press / anywhere to come here")
  const found = make("div", { id: "frame-found", hidden: true }, heard, groups, label)
  const field = make("div", { class: "frame-box" }, icon("search"), input)
  const find = make("div", { class: "frame-find", role: "search" }, field, found)
  let send, timer, asked, drawn
  const ask = () => {
    clearTimeout(timer)
    const typed = input.value.trim()
    heard.hidden = groups.hidden = !typed
    if (!typed) found.hidden = document.activeElement !== input
    else if (typed !== asked) send("find", (asked = typed))
    else if (found.dataset.typed === typed) found.hidden = false
  }
  const close = () => {
    clearTimeout(timer)
    input.value = ""
    found.hidden = true
  }
  input.addEventListener("input", () => {
    clearTimeout(timer)
    timer = setTimeout(ask, WAIT)
  })
  input.addEventListener("search", ask)
  find.addEventListener("keydown", (event) => {
    const links = [...found.querySelectorAll("a, input")]
    const at = links.indexOf(document.activeElement)
    if (event.key === "Escape") {
      close()
      input.focus()
    } else if (event.key === "Enter" && document.activeElement === input) {
      if (!found.hidden && links.length > 1 && input.value.trim() === found.dataset.typed) links[0].click()
      else ask()
    } else if ((event.key === "ArrowDown" || event.key === "ArrowUp") && !found.hidden) {
      const next = at + (event.key === "ArrowDown" ? 1 : -1)
      ;(next < 0 ? input : links[Math.min(next, links.length - 1)]).focus()
    } else return
    event.preventDefault()
    event.stopPropagation()
  })
  find.addEventListener("focusout", (event) => {
    if (!find.contains(event.relatedTarget)) found.hidden = true
  })
  input.addEventListener("focus", () => {
    setting.checked = slashIsOn
    ask()
  })
  setting.addEventListener("change", () => {
    slashIsOn = setting.checked
    try {
      localStorage.setItem(SLASH, slashIsOn ? "on" : "off")
    } catch {
      // until the page is loaded again
    }
    drawHint()
  })
  found.addEventListener("mousedown", (event) => event.preventDefault()) // a click in the list is no reason to close it
  found.addEventListener("click", (event) => {
    const link = event.target.closest("a")
    if (!link) return
    close()
    follow(event, link.href)
  })
  const drawHint = () => {
    input.placeholder = slashIsOn && !phone.matches ? "Find  /" : "Find"
    input.ariaKeyShortcuts = slashIsOn ? "/" : null
  }
  const drawFind = ({ finds, found: answer }, setTriggerValue) => {
    box = input
    send = setTriggerValue
    find.hidden = !finds
    input.ariaLabel = `Find ${finds}, and events by ID`
    drawHint()
    if (!answer || answer.typed !== input.value.trim()) return
    const text = JSON.stringify(answer)
    if (text !== drawn) {
      drawn = text
      found.dataset.typed = answer.typed
      heard.textContent = answer.said
      groups.replaceChildren(...answer.groups.map(group))
    }
    if (find.contains(document.activeElement)) found.hidden = false
  }
  return { find, drawFind }
}

// The browser remembers whether "/" goes to Find; it does unless it was switched off.
const SLASH = "cwac-slash"
let slashIsOn = true
try {
  slashIsOn = localStorage.getItem(SLASH) !== "off"
} catch {
  // a browser without storage keeps the shortcut
}

function group({ name, links, more }) {
  const result = ({ text, detail, target }) =>
    make("li", {}, make("a", { href: addressOf(target) }, make("strong", {}, text), " ", make("span", {}, detail)))
  const list = make("ul", { "aria-label": name }, ...links.map(result))
  return make("div", {}, make("p", { class: "name", "aria-hidden": "true" }, name), list, more && make("p", { class: "more" }, more))
}

document.addEventListener("keydown", (event) => {
  if (event.key !== "/" || event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return
  const at = event.composedPath()[0]
  if (!slashIsOn || !box?.isConnected || at.closest?.("input, textarea, select, [contenteditable=true]")) return
  if (document.querySelector("[role=dialog][aria-modal=true], [data-testid=stDialog]")) return
  event.preventDefault()
  box.focus()
  box.select()
})

// Streamlit runs the page again at a bare "r", asks about its cache at "c" and runs it at each change of a file at "a",
// from a listener on the document, and has no option against it. Fields and lists that jump to a letter have the key before.
document.body.addEventListener("keydown", (event) => {
  if (["r", "c", "a"].includes(event.key?.toLowerCase()) && !event.ctrlKey && !event.metaKey && !event.altKey) event.stopPropagation()
})

// --- a switch of the view ------------------------------------------------------------------------------------------------

// Streamlit takes the old view away piece by piece as the new one comes. The browser shows the old view until the new one is
// drawn, but no longer than this, since it answers no click meanwhile.
const HOLD = 1000 // milliseconds
const QUIET = 60 // milliseconds without a change
const CHOICES =
  "[role=radio][aria-checked=false], [role=option]:not([aria-selected=true]), .calendar [data-go], .calendar [data-view]"
const app = document.querySelector("[data-testid=stApp]")
let held = null
let shownAddress = address()

addEventListener("popstate", () => address() !== shownAddress && hold(), true)
addEventListener("click", ({ target }) => target.closest(CHOICES) && hold(), true)

async function hold() {
  if (held || !document.startViewTransition) return
  let started = false
  held = document.startViewTransition(async () => {
    await still(QUIET, HOLD, () => (started ||= !isAtRest()) && isAtRest())
    app.dataset.switching = ""
  })
  await held.ready.catch(() => {})
  await still(QUIET / 2, HOLD / 4, () => true) // charts take their width once there are frames again
  delete app.dataset.switching
  held.skipTransition()
  held = null
  shownAddress = address()
}

// A dialog opens above the view, and gives the focus back to it.
function address() {
  const shown = new URL(location.href)
  shown.searchParams.delete("event")
  return shown.pathname + shown.search
}

function isAtRest() {
  return app.dataset.testScriptState === "notRunning" && !document.querySelector("[data-testid=stSkeleton]")
}

// Wait until nothing has changed for that long and `ready`, but not beyond the limit.
async function still(quiet, limit, ready) {
  const start = performance.now()
  let changed = start
  const observer = new MutationObserver(() => (changed = performance.now()))
  observer.observe(app, { subtree: true, childList: true, attributes: true, characterData: true })
  const since = (moment) => performance.now() - moment
  while (since(start) < limit && (!ready() || since(changed) < quiet)) await new Promise((go) => setTimeout(go, 10))
  observer.disconnect()
}

// --- pages -------------------------------------------------------------------------------------------------------------

const ON_PHONE = 4 // pages beside More
const GAP = 4 // pixels between two links

function makePages(parent) {
  const more = make("div", { id: "frame-more", class: "frame-more", hidden: true })
  const button = make("button", { "aria-expanded": "false", "aria-controls": "frame-more" }, icon("more_horiz"), make("span", {}, "More"))
  const bar = make("div", { class: "frame-pages" })
  const nav = make("nav", { "aria-label": "Pages", class: "frame-nav" }, bar, more)
  let drawn
  let links = []
  const open = (isOpen) => {
    if (!isOpen && more.contains(document.activeElement)) button.focus()
    more.replaceChildren(...(isOpen ? links.filter((link) => link.hidden).map((link) => link.cloneNode(true)) : []))
    for (const link of more.children) link.hidden = false
    more.hidden = !isOpen
    button.ariaExpanded = String(isOpen)
  }
  nav.addEventListener("click", (event) => {
    const link = event.target.closest("a")
    if (!link) return
    follow(event, link.href)
    open(false)
    document.querySelector("[data-testid=stMain]").scrollTo(0, 0)
  })
  button.addEventListener("click", () => open(more.hidden))
  nav.addEventListener("keydown", ({ key }) => key === "Escape" && open(false))
  nav.addEventListener("focusout", ({ relatedTarget }) => !nav.contains(relatedTarget) && open(false))
  // The filters in the URL change without the bar being drawn anew.
  for (const moment of ["pointerover", "focusin"]) nav.addEventListener(moment, () => pointLinks(nav))
  new ResizeObserver(() => fit(bar, links, button)).observe(nav)
  parent.append(nav)
  return (data) => {
    const text = JSON.stringify(data.pages)
    if (text !== drawn) {
      drawn = text
      links = data.pages.map(({ page, title, summary, icon: name }) =>
        make("a", { href: "", title: summary, "data-page": page }, icon(name), make("span", {}, title)),
      )
      bar.replaceChildren(...links, button)
      pointLinks(bar)
      open(false)
    }
    for (const link of links) link.ariaCurrent = link.dataset.page === data.current ? "page" : null
    fit(bar, links, button)
  }
}

function pointLinks(place) {
  for (const link of place.querySelectorAll("a")) link.href = addressOf({ page: link.dataset.page })
}

// What has no room in the bar is under More.
function fit(bar, links, button) {
  for (const part of [...links, button]) part.hidden = false
  const within = (room) => links.filter((link) => link.offsetLeft + link.offsetWidth <= room).length
  let count = phone.matches ? links.length : within(bar.clientWidth)
  if (phone.matches && count > ON_PHONE + 1) count = ON_PHONE
  else if (count < links.length) count = within(bar.clientWidth - button.offsetWidth - GAP)
  links.forEach((link, at) => (link.hidden = at >= count))
  button.hidden = count === links.length
  button.classList.toggle("here", links.some((link) => link.hidden && link.hasAttribute("aria-current")))
}

// Streamlit's link to skip to the content leads to the element that also holds the bar; the content begins with the title.
document.addEventListener("click", ({ target }) => {
  if (!target.closest("[data-testid=stSkipToContent]")) return
  const title = document.querySelector("h1")
  title.tabIndex = -1
  title.focus()
})
