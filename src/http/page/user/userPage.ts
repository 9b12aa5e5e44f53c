import type { Request, RequestHandler, Response } from 'express'
import * as E from 'fp-ts/lib/Either.js'
import { NO_GROUND } from '../../../../domain/answer/account.ts'
import type { Question } from '../../../../domain/answer/question.ts'
import { isUserId, type UserId } from '../../../../domain/identifiers.ts'
import type { Instant } from '../../../../domain/instant.ts'
import { type Uncertainty, uncertainState } from '../../../readModel/uncertain.ts'
import { instantInWords } from '../../../words/timeInWords.ts'
import { atMost } from '../../atMost.ts'
import { meaningOf } from '../../headers.ts'
import { wholeNumber } from '../../parameters.ts'
import { problem } from '../../problem.ts'
import { type Parameter, queryOf } from '../../query.ts'
import { mayAlso } from '../../requireScope.ts'
import { costingUser } from '../../users/costingUser.ts'
import { folding } from '../../users/folding.ts'
import { unknownUser } from '../../users/sources.ts'
import { html } from '../html/html.ts'
import { notice, told } from '../html/parts.ts'
import { sendPage } from '../html/sendPage.ts'
import { askedQuestion, type TypedQuestion } from './askedQuestion.ts'
import { type Dossier, dossierOf, type Window } from './dossier.ts'
import { driftSection } from './driftSection.ts'
import { evidenceSection } from './evidenceSection.ts'
import { questionForm, questionInWords } from './questionForm.ts'
import { mayKnowWho, releasesSection } from './releasesSection.ts'
import { retentionSection } from './retentionSection.ts'
import type { UserPageSources } from './sources.ts'
import {
  anomaliesSection,
  currentOf,
  documentsSection,
  groundSection,
  identificationsSection,
  standingSection,
} from './standing.ts'
import { statecharts } from './statechart.ts'
import { MOST_ON_A_PAGE, PART, timelineSection } from './timeline.ts'

/** Read later, so that what is wrong with it is said beside the field. */
const asTyped: Parameter<string> = { read: (text) => text, expectation: 'a text' }

const query = queryOf({
  asOf: asTyped,
  knownAt: asTyped,
  before: wholeNumber(2, Number.MAX_SAFE_INTEGER),
  events: wholeNumber(1, MOST_ON_A_PAGE),
})

/** What is asked, as it was typed and as it was read. */
interface Asked {
  readonly userId: UserId
  readonly typed: TypedQuestion
  readonly question: Question
  readonly window: Window
}

const questionQuery = ({ asOf, knownAt }: TypedQuestion): URLSearchParams =>
  new URLSearchParams(
    Object.entries({ asOf, knownAt }).flatMap(([name, text]) =>
      text === null || text === '' ? [] : [[name, text] as [string, string]],
    ),
  )

const send = (
  sources: UserPageSources,
  req: Request,
  res: Response,
  { userId, typed, question, window }: Asked,
  { account, timeline, releases }: Dossier,
): void => {
  const current = folding(() => currentOf(account))
  const mayAudit = mayAlso(req, 'audit:read')
  const then = question.asOf ?? question.knownAt ?? sources.now()
  const isPresent = question.asOf === null && question.knownAt === null
  res.set(meaningOf(sources.corrections()))
  sendPage(req, res, {
    title: `User ${userId}`,
    ...(isPresent ? { live: userId } : {}),
    main: html`<h1>User ${userId}</h1>
${questionInWords(userId, question)}
${standingSection(account, then)}
${questionForm(userId, typed)}
${groundSection(current)}
${releasesSection(req, { userId, heldBack: current.heldBack, releases, isPresent })}
${anomaliesSection(current)}
${driftSection(account.state, { now: then, after: sources.driftAfter })}
${documentsSection(current)}
${identificationsSection(current)}
${statecharts(account, isPresent ? 'now' : 'then')}
${timelineSection(timeline, { userId, question, window, query: questionQuery(typed), mayAudit, mayKnowWho: mayKnowWho(req) })}
${mayAlso(req, 'retention:read') && retentionSection(sources, userId)}
${mayAudit && evidenceSection(sources, userId, timeline?.newest)}
${told(sources.now(), req.originalUrl)}`,
  })
}

/** Where nothing was known of him, then or ever. */
const sendNobody = (res: Response, { userId, typed, question: { knownAt } }: Asked): void => {
  if (knownAt === null) return unknownUser(res)
  const main = html`<h1>User ${userId}</h1>
${notice('note', html`nothing of this user had been recorded here by ${instantInWords(knownAt)}. <a class="ways" href="/users/${userId}">How things stand now</a>`)}
${questionForm(userId, typed)}`
  sendPage(res.req, res, { title: `User ${userId}`, status: 404, main })
}

/** What a request asks of a user; otherwise it was answered what is wrong with that. */
const askedOf = (req: Request, res: Response, userId: UserId, now: Instant): Asked | null => {
  const parameters = query(req)
  if (E.isLeft(parameters)) {
    problem(res, 'bad-parameter', parameters.left)
    return null
  }
  const { asOf, knownAt, before, events } = parameters.right
  const typed = { asOf, knownAt }
  const question = askedQuestion(typed, now)
  if (E.isRight(question)) return { userId, typed, question: question.right, window: { before, most: events ?? PART } }
  const main = html`<h1>User ${userId}</h1>${questionForm(userId, typed, question.left)}`
  sendPage(req, res, { title: `User ${userId}`, status: 400, main })
  return null
}

/** Where his events cannot be read: that, and why. */
const sendUncertain =
  (sources: UserPageSources) =>
  (res: Response, kind: Uncertainty, userId: UserId): void => {
    const asked = askedOf(res.req, res, userId, sources.now())
    if (asked === null) return
    const account = {
      state: uncertainState(userId, kind, -1),
      status: 'unknown' as const,
      by: null,
      ground: NO_GROUND,
      moves: [],
    }
    send(sources, res.req, res, asked, { account, timeline: null, releases: [] })
  }

const tellUser = (sources: UserPageSources): RequestHandler =>
  costingUser(
    sources,
    async (userId, req, res) => {
      const asked = askedOf(req, res, userId, sources.now())
      if (asked === null) return
      const dossier = await dossierOf(sources, res, userId, asked.question, asked.window)
      if (dossier === 'nobody') return sendNobody(res, asked)
      if (dossier !== null) send(sources, req, res, asked, dossier)
    },
    sendUncertain(sources),
  )

/** So many at a time: each holds a history, and some wait for the read model. */
const AT_A_TIME = 16
/** Those that are long have a place of their own: so many of them hold a gigabyte, and keep nobody from the others. */
const LONG_AT_A_TIME = 2
const LONG_EVENTS = 2000
const LONG_BODY = 100_000

/** By what the read model knows: of many events, or of very much that is told of him. */
const isLong = ({ readModel }: Pick<UserPageSources, 'readModel'>, userId: string): boolean => {
  const reader = readModel.reader()
  if (reader === null || !isUserId(userId)) return false
  const { revision = 0 } = reader.standingOf(userId) ?? {}
  return revision >= LONG_EVENTS || (reader.kycAnswer(userId)?.body.length ?? 0) > LONG_BODY
}

/** `GET /users/{userId}?asOf=&knownAt=`: how a user stands, or stood, and how it is known; the newest events first. */
export const userPage = (sources: UserPageSources): RequestHandler => {
  const tell = tellUser(sources)
  const usual = atMost(AT_A_TIME, 'pages of users are being made', tell)
  const long = atMost(LONG_AT_A_TIME, 'pages of users with long histories are being made', tell)
  return (req, res, next) => (isLong(sources, String(req.params['userId'])) ? long : usual)(req, res, next)
}
