// Run inside of pages: none of it can name anything outside of itself.

export const violations = async (runOnly) => {
  const found = await globalThis.axe.run(document, { runOnly, resultTypes: ['violations'] })
  return found.violations.map(({ id, help, nodes }) => `${id}: ${help}: ${nodes.map(({ html }) => html).join(' ')}`)
}

export const outside = () => {
  const edge = document.documentElement.clientWidth + 1
  const scrolls = (element) =>
    element !== null &&
    element !== document.body &&
    element !== document.documentElement &&
    (['auto', 'scroll'].includes(getComputedStyle(element).overflowX) || scrolls(element.parentElement))
  const wide = [...document.querySelectorAll('body *')].filter(
    (element) => element.checkVisibility() && element.getBoundingClientRect().right > edge && !scrolls(element),
  )
  const { scrollWidth } = document.documentElement
  const page = scrollWidth > edge ? [`the page is ${scrollWidth} wide`] : []
  return [...page, ...wide.map(({ outerHTML }) => outerHTML.slice(0, 120))]
}

export const fromTheTop = () => {
  document.activeElement?.blur()
  getSelection()?.setPosition(document.body, 0)
}

export const controls = () => {
  const kinds = 'a[href], button, input:not([type=hidden]), select, textarea, summary, [tabindex]:not([tabindex^="-"])'
  window.controlsOfTest = [...document.querySelectorAll(kinds)].filter(
    (element) => element.checkVisibility({ visibilityProperty: true }) && !element.matches(':disabled'),
  )
  return window.controlsOfTest.map((element) => element.outerHTML.slice(0, 120))
}

export const stop = () => {
  const focused = document.activeElement
  if (focused === null || focused === document.body) return null
  const { outlineStyle, outlineWidth } = getComputedStyle(focused)
  const { top, bottom, left, right } = focused.getBoundingClientRect()
  const isInside = bottom > 0 && right > 0 && top < innerHeight && left < innerWidth
  const isSeen = isInside && outlineStyle !== 'none' && Number.parseFloat(outlineWidth) >= 1
  // Day, month and year of a date, and the button that opens a calendar, are stops of one field.
  const hasParts = focused.matches('input[type^=date], input[type=time], input[type=month], input[type=week]')
  return { index: window.controlsOfTest.indexOf(focused), name: focused.outerHTML.slice(0, 120), hasParts, isSeen }
}
