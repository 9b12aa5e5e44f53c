import type { BrowserContext, ConsoleMessage, Request, Response } from 'playwright-core'

/** The pages of a browser tell of these by their responses. */
const ABOUT_RESPONSES = 'Failed to load resource'

/** Watches all pages of a context. What it gives tells all that was wrong by then: errors in the console, what was asked of others. */
export const guarded = (context: BrowserContext, url: string): (() => Promise<readonly string[]>) => {
  const { origin } = new URL(url)
  const faults: string[] = []
  context.on('console', (message: ConsoleMessage) => {
    const text = message.text()
    if (['error', 'warning'].includes(message.type()) && !text.startsWith(ABOUT_RESPONSES))
      faults.push(`console: ${text}`)
  })
  context.on('weberror', (error) => {
    faults.push(`script: ${error.error().message}`)
  })
  context.on('request', (request: Request) => {
    if (new URL(request.url()).origin !== origin) faults.push(`asked of somebody else: ${request.url()}`)
  })
  // What a page is answered with is for the test; what it is made of has to be there.
  context.on('response', (response: Response) => {
    if (response.status() >= 400 && !response.request().isNavigationRequest())
      faults.push(`${response.status()} for ${response.url()}`)
  })
  return async () => {
    // What was told of before this round trip has come by its end.
    for (const page of context.pages()) await page.title()
    return faults
  }
}
