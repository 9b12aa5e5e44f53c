// What changes is shown while one looks. Without it a page is as it was when it was loaded, and nothing else is missing.

/** Changes that come together are shown together: never more often than this, and never for more than a twentieth of the time. */
const PAUSE_MS = 1000
const REST = 20
/** After a refusal, or a fault of the service, it is tried again so much later. */
const AGAIN_MS = 15_000

const said = document.createElement('p')
said.className = 'live'
said.setAttribute('role', 'status')
document.querySelector('.top').after(said)

/** Told in words; with `act`, a button that does what is offered. */
const say = (words, offer = null, act = null) => {
  if (said.dataset.words === words) return
  said.dataset.words = words
  said.textContent = words
  if (offer === null) return
  const button = document.createElement('button')
  button.type = 'button'
  button.textContent = offer
  button.addEventListener('click', act)
  said.append(' ', button)
}

const main = () => document.querySelector('main')
const LIVE = 'Live: what changes is shown here by itself.'

/** The last change that was heard of, or where the log stood when the page was made. */
let { live: of, after } = main().dataset
let source = null
let again = null
/** The next showing, if one is due; how it went with the last, and before when there is no other. */
let due = null
let showing = Promise.resolve()
let notBefore = 0
let isOffered = false

/** Nobody's typing or marked text is taken away. */
const isBusy = () => {
  const { activeElement } = document
  const types = activeElement?.closest('input, select, textarea') ?? null
  const marked = getSelection()
  return (
    (types !== null && main().contains(types)) || (marked?.isCollapsed === false && marked.containsNode(main(), true))
  )
}

/** What a row says, but for marks, and for how long something has lasted: that is another each time. */
const textOf = (row) => {
  const copy = row.cloneNode(true)
  for (const one of copy.querySelectorAll('.long, .changed')) one.remove()
  return copy.textContent.replaceAll(/\s+/g, '')
}
const keyOf = (row) => textOf(row.querySelector('th') ?? row)

/** Rows that are new or other than before say so, in a word. */
const markChanges = (before, now) => {
  const rows = new Map([...before.querySelectorAll('tbody tr')].map((row) => [keyOf(row), textOf(row)]))
  for (const row of now.querySelectorAll('tbody tr')) {
    if (rows.get(keyOf(row)) === textOf(row)) continue
    const mark = document.createElement('span')
    mark.className = 'changed'
    mark.textContent = 'changed'
    row.querySelector('th')?.append(' ', mark)
  }
}

/** What was unfolded stays so, and the focus stays on the same link or button. */
const keepPlace = (before, now) => {
  const folds = [...now.querySelectorAll('details')]
  for (const [index, fold] of [...before.querySelectorAll('details')].entries())
    if (fold.open && folds[index] !== undefined) folds[index].open = true
  const nameOf = (element) => element.getAttribute('href') ?? element.textContent
  const { activeElement } = document
  if (activeElement === null || !before.contains(activeElement)) return () => undefined
  const same = [...now.querySelectorAll('a, button, summary')].find((one) => nameOf(one) === nameOf(activeElement))
  return () => (same ?? now).focus({ preventScroll: true })
}

const load = async () => {
  const began = performance.now()
  const response = await fetch(location.href, { headers: { accept: 'text/html' } })
  const text = await response.text()
  const ended = performance.now()
  notBefore = ended + Math.max(PAUSE_MS, REST * (ended - began))
  const page = new DOMParser().parseFromString(text, 'text/html')
  return { status: response.status, title: page.title, main: page.querySelector('main') }
}

const show = async () => {
  const { status, title, main: loaded } = await load().catch(() => ({ status: 503, title: '', main: null }))
  if (status === 401) return end('Not live: the session has ended.', 'Sign in', () => location.reload())
  // What the service does not show now it shows later; that nobody is there any more is something to show.
  if (status >= 500 || loaded === null) return showSoon(AGAIN_MS)
  if (isBusy()) return offer()
  const before = main()
  markChanges(before, loaded)
  const refocus = keepPlace(before, loaded)
  document.title = title
  before.replaceWith(document.adoptNode(loaded))
  refocus()
  isOffered = false
  say(`${LIVE} It changed at ${new Date().toISOString().slice(11, 19)} UTC.`)
}

/** Shown soon; where somebody is busy, once he is not, or when he says so. */
const offer = () => {
  isOffered = true
  say('Something has changed here.', 'Show it', showNow)
}
const showNow = () => {
  document.activeElement?.blur?.()
  getSelection()?.removeAllRanges()
  showing = showing.then(show)
}
const showSoon = (atLeast = PAUSE_MS / 4) => {
  if (due !== null) return
  due = setTimeout(
    () => {
      due = null
      if (isBusy()) offer()
      else showing = showing.then(show)
    },
    Math.max(atLeast, notBefore - performance.now()),
  )
}

const heard = ({ data, lastEventId }) => {
  after = lastEventId || after
  if (of === 'users' || JSON.parse(data).subject === of) showSoon()
}

const close = () => {
  source?.close()
  source = null
  clearTimeout(again)
}

const end = (words, offer, act) => {
  close()
  say(words, offer, act)
}

/** The browser comes again by itself where a connection ends; where it was refused, it does not. */
const listen = () => {
  close()
  source = new EventSource(`/changes${after === '' ? '' : `?after=${encodeURIComponent(after)}`}`)
  source.addEventListener('open', () => isOffered || say(LIVE))
  source.addEventListener('message', heard)
  source.addEventListener('error', () => {
    say('Not live at the moment: load the page again to see what is new.')
    if (source.readyState === EventSource.CLOSED) again = setTimeout(listen, AGAIN_MS)
  })
}

// A browser has few connections to one service: only the pages that are looked at hold one.
const look = () => (document.visibilityState === 'visible' ? listen() : close())
document.addEventListener('visibilitychange', look)
look()
