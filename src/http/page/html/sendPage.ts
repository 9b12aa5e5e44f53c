import type { Application, Request, Response } from 'express'
import { begunAt } from '../live/begun.ts'
import { PAGE_HEADERS } from './headers.ts'
import { type Html, html, type Shown } from './html.ts'
import { notice } from './parts.ts'

/** A page: what is its own. */
export interface Page {
  /** Nothing of a person but the id of a user. */
  readonly title: string
  /** It begins with its `h1`. */
  readonly main: Html
  /** 200 if it is not given. */
  readonly status?: number
  /**
   * What the page shows anew as soon as it changes: the id of a user, or `users` for all of them. On a route with `beginning`.
   */
  readonly live?: string
}

/** What every page of a service shows beside that. */
export interface Surroundings {
  /** What an operator should know about the configuration. */
  readonly warnings: readonly string[]
  /** Who looks, and the way out. */
  readonly signedIn: (req: Request) => Shown
}

const surroundingsOf = new WeakMap<Application, Surroundings>()

/** Says once what surrounds the pages of an application. */
export const surround = (app: Application, surroundings: Surroundings): void =>
  void surroundingsOf.set(app, surroundings)

/** Where one can go from everywhere: path and name. */
const PLACES = [
  ['/', 'Start'],
  ['/users', 'Users'],
  ['/anomalies', 'Anomalies'],
  ['/deliveries', 'Deliveries'],
  ['/health', 'Health'],
  ['/docs', 'The API'],
] as const

const places = (path: string): Html =>
  html`<nav aria-label="Pages of this service"><ul>${PLACES.map(([place, name]) =>
    place === path
      ? html`<li><a href="${place}" aria-current="page">${name}</a></li>`
      : html`<li><a href="${place}">${name}</a></li>`,
  )}</ul></nav>`

const document = (req: Request, { title, main, live }: Page, warnings: readonly string[], who: Shown): Html => {
  const after = begunAt(req)
  const isLive = live !== undefined && after !== undefined
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<title>${title} · kyc-ledger</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="robots" content="noindex">
<link rel="icon" type="image/svg+xml" href="/page/icon.svg">
<link rel="stylesheet" href="/page/style.css">
${isLive && html`<script type="module" src="/page/live.js"></script>`}
</head>
<body>
<a class="skip" href="#main">To the content</a>
<header class="top"><p class="name">kyc-ledger</p>${places(req.path)}${who}</header>
${
  warnings.length > 0 &&
  notice(
    'warning',
    warnings.map((warning) => html`<span class="line">${warning}</span> `),
  )
}
<main id="main" tabindex="-1" data-live="${isLive && live}" data-after="${after}">
${main}
</main>
</body>
</html>
`
}

export const sendPage = (req: Request, res: Response, page: Page): void => {
  const { warnings, signedIn } = surroundingsOf.get(req.app) ?? { warnings: [], signedIn: () => null }
  const text = document(req, page, warnings, signedIn(req)).toString()
  res
    .status(page.status ?? 200)
    .set(PAGE_HEADERS)
    .type('html')
    .send(text)
}
