import type { Request } from 'express'
import type { HeldBackView } from '../../../../domain/answer/observedViews.ts'
import type { UserId } from '../../../../domain/identifiers.ts'
import { formatMilliseconds } from '../../../../domain/instant.ts'
import type { Release } from '../../../ledger/releases.ts'
import { streamOf } from '../../../ledger/streams.ts'
import { REGION_TITLES } from '../../../words/stateInWords.ts'
import { MAY_LIST } from '../../releases/releases.ts'
import { keyNameOf, mayAlso } from '../../requireScope.ts'
import { type Html, html, type Shown } from '../html/html.ts'
import { table, time, word } from '../html/parts.ts'
import { confirmForm, requestForm } from './releaseForms.ts'

/** What of a user is held back, and what somebody has asked to release. */
interface ToldReleases {
  readonly userId: UserId
  readonly heldBack: readonly HeldBackView[]
  /** In the order in which they were asked for. */
  readonly releases: readonly Release[]
  /** Whether it is told how things stand now: nobody decides anything about the past. */
  readonly isPresent: boolean
}

/** Whether it is told who asked for a release, who confirmed it, and why. */
export const mayKnowWho = (req: Request): boolean => MAY_LIST.some((scope) => mayAlso(req, scope))

const WHY: Readonly<Record<HeldBackView['why'], string>> = {
  echo: 'the same payload was here before, under another id and time',
  'weakly-dated': 'nothing but its receipt tells when it was said',
}

const place = (userId: UserId, { stream, revision }: HeldBackView | Release['releases'], mayAudit: boolean): Shown => {
  if (stream !== streamOf(userId)) return `revision ${revision} of ${stream}`
  const named = word(`revision ${revision}`)
  return mayAudit ? html`<a href="/users/${userId}/events/${revision}">${named}</a>` : named
}

const heldBackTable = (req: Request, { userId, heldBack, isPresent }: ToldReleases): Html => {
  const mayAsk = isPresent && mayAlso(req, 'release:request') && keyNameOf(req) !== null
  const mayAudit = mayAlso(req, 'audit:read')
  return table({
    caption: 'Successes that were held back',
    columns: ['Event', 'Life cycle', 'Occurred', 'Why it was not followed', ...(mayAsk ? ['Action'] : [])],
    rows: heldBack.map((one) => [
      place(userId, one, mayAudit),
      REGION_TITLES[one.region],
      time(one.at),
      WHY[one.why],
      ...(mayAsk ? [requestForm(req, userId, one)] : []),
    ]),
  })
}

const stateOf = ({ released, why }: Release): Shown =>
  why === null ? word(released === null ? 'waits for another person' : 'counts') : `void: ${why}`

const by = (name: string | null, at: Html, knowsWho: boolean): Html =>
  html`${at}${knowsWho && name !== null && html` by ${name}`}`

const releasesTable = (req: Request, { userId, releases, isPresent }: ToldReleases): Html => {
  const me = keyNameOf(req)
  const mayAudit = mayAlso(req, 'audit:read')
  const knowsWho = mayKnowWho(req)
  const mayConfirm = isPresent && mayAlso(req, 'release:confirm') && me !== null
  /** Of somebody else, and waiting. */
  const waiting = ({ release, released, request, why }: Release): number | null =>
    mayConfirm && released === null && why === null && request?.by !== me ? release : null
  const hasAction = releases.some((one) => waiting(one) !== null)
  const action = (release: number | null): Shown => (release === null ? null : confirmForm(req, userId, release))
  return table({
    caption: 'Releases',
    columns: [
      'Of',
      'State',
      'Asked for',
      ...(knowsWho ? ['Reason'] : []),
      'Confirmed',
      ...(hasAction ? ['Action'] : []),
    ],
    rows: releases.map((one) => {
      const { request, released, releases: named } = one
      return [
        place(userId, named, mayAudit),
        stateOf(one),
        request === null ? null : by(request.by, time(formatMilliseconds(request.at)), knowsWho),
        ...(knowsWho ? [request?.reason ?? null] : []),
        released === null
          ? null
          : by(
              released.by ?? 'the provider, when it was asked',
              time(formatMilliseconds(released.at)),
              knowsWho || released.by === null,
            ),
        ...(hasAction ? [action(waiting(one))] : []),
      ]
    }),
  })
}

/** What was held back and what became of it; nothing where nothing ever was. Whoever may takes the steps of a release here. */
export const releasesSection = (req: Request, told: ToldReleases): Shown =>
  (told.heldBack.length > 0 || told.releases.length > 0) &&
  html`
<section aria-labelledby="releases"><h2 id="releases">Held back, and released</h2>
<p class="quiet">A signed success that was not followed counts once the provider confirms it when it is asked, or two persons release it; never from before that on.</p>
${told.heldBack.length > 0 && heldBackTable(req, told)}
${told.releases.length > 0 && html`<h3>Releases</h3>${releasesTable(req, told)}`}
</section>`
