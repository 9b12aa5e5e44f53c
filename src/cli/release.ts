import type { HeldBackView } from '../../domain/answer/observedViews.ts'
import type { UserId } from '../../domain/identifiers.ts'
import type { releaseJson } from '../http/releases/releaseJson.ts'
import { printable } from '../webhooks/printable.ts'
import { getFromService, postToService } from './askService.ts'
import { misread } from './misread.ts'
import { RELEASE_OPTIONS, RELEASE_USAGE, releaseAsked } from './releaseAsked.ts'
import { table } from './table.ts'

interface Told {
  readonly heldBack: readonly HeldBackView[]
  readonly releases: readonly ReturnType<typeof releaseJson>[]
}

const tell = (userId: UserId, { heldBack, releases }: Told): string => {
  const held = heldBack.map(({ stream, revision, eventId, region, why, at }) => [
    `${revision}${stream === `kyc-${userId}` ? '' : ` of ${stream}`}`,
    eventId,
    region,
    why,
    at,
  ])
  const asked = releases.map(({ release, releases: { eventId }, state, why, requested, released, reason }) => [
    release === null ? '' : String(release),
    eventId,
    why === null ? state : `${state}: ${why}`,
    requested === null ? 'the provider, when it was asked' : `${requested.by} at ${requested.at}`,
    released === null ? '' : `${released.by ?? ''} at ${released.at}`.trim(),
    reason ?? '',
  ])
  return [
    held.length === 0
      ? 'nothing is held back'
      : table(['revision', 'event', 'life cycle', 'held back', 'occurred'], held),
    ...(asked.length === 0
      ? []
      : [
          '',
          table(
            ['release', 'event', 'state', 'asked for', 'confirmed', 'reason'],
            asked.map((row) => row.map(printable)),
          ),
        ]),
  ].join('\n')
}

/**
 * `release`: lists what of a user is held back, or has the running service take a step of a release, under the name of the key: ask for it,
 * or confirm what somebody else has asked for. Gives the exit code.
 */
export const releaseCommand = async (
  words: readonly string[],
  environment: Readonly<Record<string, string | undefined>>,
): Promise<number> => {
  const asked = releaseAsked(words, environment)
  if (asked === null) {
    console.error([misread(words, RELEASE_OPTIONS), RELEASE_USAGE].filter((line) => line !== null).join('\n'))
    return 2
  }
  const { at, path, body, userId } = asked
  if (body === null) {
    console.log(tell(userId, (await getFromService(at, path)) as Told))
    return 0
  }
  const { release, status } = (await postToService(at, path, body)) as {
    readonly release: number
    readonly status: string
  }
  console.log(
    asked.confirms
      ? `release ${release} is confirmed: the status of user ${userId} is ${status}`
      : `release ${release} is requested; somebody else confirms it: --user ${userId} --confirm ${release}`,
  )
  return 0
}
