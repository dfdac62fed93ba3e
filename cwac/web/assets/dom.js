// What the frame, the blocks and the calendar share in the browser. Every text goes in as textContent.

const CARRIED = ["agency", "county", "as"]

const isGiven = (value) => value !== false && value !== null && value !== undefined

// An element without the attributes and children that are false or missing; classes may be a list, styles an object.
export function make(tag, { style = {}, ...attributes } = {}, ...children) {
  const made = document.createElementNS(attributes.xmlns ?? "http://www.w3.org/1999/xhtml", tag)
  if (tag === "button") made.type = "button"
  for (const [name, value] of Object.entries(attributes).filter(([, value]) => isGiven(value))) {
    made.setAttribute(name, value === true ? "" : Array.isArray(value) ? value.filter(Boolean).join(" ") : value)
  }
  for (const [name, value] of Object.entries(style)) made.style.setProperty(name, value)
  made.append(...children.flat().filter(isGiven))
  return made
}

// The address of an event's dialog on this page, or of another page with what every page keeps.
export function addressOf({ event, page, query }) {
  const address = new URL(location.href)
  address.hash = ""
  if (event !== undefined) {
    address.searchParams.set("event", event)
    return address.href
  }
  const before = new URLSearchParams(location.search)
  address.search = ""
  address.pathname = address.pathname.replace(/[^/]*$/, "") + (page === "overview" ? "" : page)
  for (const name of CARRIED) if (before.has(name)) address.searchParams.set(name, before.get(name))
  for (const [name, value] of Object.entries(query ?? {})) address.searchParams.set(name, value)
  return address.href
}

// After a plain click Streamlit shows the address as it does after a step back, so that the page is not loaded anew.
// Python cannot do this: it may not set a parameter of the URL to which a widget is bound, as the agency is.
export function follow(event, address) {
  if (event.button !== 0 || event.altKey || event.ctrlKey || event.metaKey || event.shiftKey) return
  event.preventDefault()
  history.pushState(null, "", address)
  dispatchEvent(new PopStateEvent("popstate"))
}

export function agency({ name, color, lead }) {
  const dot = make("span", { class: "dot", "aria-hidden": "true", style: { "background-color": color } })
  return make("span", { class: ["agency", lead && "lead"] }, dot, name)
}

// A dot a position, filled or open, at most twelve, then the words.
export function dots({ filled, of, text }) {
  const marks = "●".repeat(Math.min(filled, 12)) + "○".repeat(Math.max(0, Math.min(of, 12) - filled))
  return make("span", { class: ["dots", filled < of && "short"] }, make("span", { class: "marks", "aria-hidden": "true" }, marks), " ", text)
}

// One tab stop for many items: the arrows, Home and End move among them.
export function rove(list, items) {
  const stop = (chosen) => items.forEach((item) => (item.tabIndex = item === chosen ? 0 : -1))
  stop(items[0])
  list.addEventListener("focusin", ({ target }) => items.includes(target) && stop(target))
  list.addEventListener("keydown", (event) => {
    const at = items.indexOf(event.target)
    const to = { ArrowRight: at + 1, ArrowDown: at + 1, ArrowLeft: at - 1, ArrowUp: at - 1, Home: 0, End: items.length - 1 }[event.key]
    if (at < 0 || !items[to]) return
    event.preventDefault()
    items[to].focus()
  })
}

// Where the browser does not let us copy (plain http), the text is shown, selected, to copy.
export async function copyText(text, button, status) {
  try {
    await navigator.clipboard.writeText(text)
    status.textContent = " Copied"
    setTimeout(() => (status.textContent = ""), 3000)
  } catch {
    const field = make("textarea", { readonly: true, "aria-label": button.textContent })
    field.value = text
    button.after(field)
    field.select()
    status.textContent = " Copy it from here"
  }
}
