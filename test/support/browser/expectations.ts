import axe from 'axe-core'
import { expect } from 'chai'
import type { Page } from 'playwright-core'
import { controls, fromTheTop, outside, type Stop, stop, violations } from './inPage.js'

/** WCAG 2.2, level AA, as far as a program can tell. */
const WCAG = { type: 'tag', values: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'] } as const
/** What of it the colours decide. */
const COLOURS = { type: 'rule', values: ['color-contrast', 'link-in-text-block'] } as const

/** So many stops at most has a field with parts, a date say. */
const MOST_PARTS = 8

const expectNothing = (found: readonly string[], where: string): void => {
  expect(found.length, `${where}:\n${found.join('\n')}\n`).to.equal(0)
}

/** Nothing on the page breaks a rule of WCAG 2.2 AA that axe-core knows. */
export const expectAccessible = async (page: Page): Promise<void> => {
  // Into the page by the protocol of the browser: its policy allows no such script.
  await page.evaluate(axe.source)
  expectNothing(await page.evaluate(violations, WCAG), page.url())
}

/** Nor in dark colours. Whoever looks at a page has looked whether it is accessible in light ones. */
export const expectAccessibleInTheDark = async (page: Page): Promise<void> => {
  await page.emulateMedia({ colorScheme: 'dark' })
  expectNothing(await page.evaluate(violations, COLOURS), `${page.url()}, dark`)
  await page.emulateMedia({ colorScheme: null })
}

/** In a window of this width (CSS pixels) nothing stands outside of it; what scrolls by itself, a wide table, may be wider. */
export const expectNoSidewaysScroll = async (page: Page, width: number): Promise<void> => {
  const before = page.viewportSize()
  await page.setViewportSize({ width, height: 640 })
  expectNothing(await page.evaluate(outside), `${page.url()} at ${width}`)
  if (before !== null) await page.setViewportSize(before)
}

/**
 * Tab comes by every link, button, field and summary of the page, in the order in which they stand there, each with an outline
 * inside the window, and leaves the page behind the last one.
 */
export const expectKeyboardReaches = async (page: Page): Promise<void> => {
  await page.evaluate(fromTheTop)
  const all = await page.evaluate(controls)
  const stops: (Stop | null)[] = []
  for (let part = 0; stops.length <= all.length && part < MOST_PARTS; ) {
    await page.keyboard.press('Tab')
    const now = await page.evaluate(stop)
    const before = stops.at(-1)
    const isPart = before?.hasParts === true && now?.index === before.index
    part = isPart ? part + 1 : 0
    if (!isPart) stops.push(now)
  }
  const told = stops.slice(0, all.length).map((one) => `${one?.isSeen === false ? 'not seen: ' : ''}${one?.name}`)
  expect(told.join('\n'), `Tab on ${page.url()} came by:\n${told.join('\n')}\n`).to.equal(all.join('\n'))
  const behind = stops[all.length]
  expect(behind === null || behind?.index === 0, `Tab does not leave ${page.url()}: ${behind?.name}`).to.equal(true)
}

/** Looks at the page as it is printed, on paper of A4. */
export const asPrinted = async <A>(page: Page, look: () => Promise<A>): Promise<A> => {
  const before = page.viewportSize()
  await page.emulateMedia({ media: 'print' })
  // 210 mm less 10 mm on each side, in CSS pixels.
  await page.setViewportSize({ width: 718, height: 1047 })
  try {
    return await look()
  } finally {
    await page.emulateMedia({ media: null })
    if (before !== null) await page.setViewportSize(before)
  }
}
