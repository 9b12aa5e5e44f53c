import { mkdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { diceOf } from '../fuzz/dice.ts'
import { Disk } from './disk.ts'
import { newPlace } from './memory.ts'
import { type Acknowledged, checkDirectory, logOf, toldBy } from './promises.ts'
import type { Recording } from './record.ts'
import type { Call } from './trace.ts'

export interface Cut {
  /** After so many calls. */
  readonly after: number
  readonly acknowledged: readonly Acknowledged[]
  readonly directory: string
}

export interface Found {
  readonly cuts: number
  readonly images: number
  /** Messages that named events, or spoke of so many of them, and were held against what was durable when they were sent. */
  readonly told: number
  /** On so many of them a service was started. */
  readonly started: number
  readonly acknowledged: number
  readonly wrong: readonly string[]
}

interface Options {
  /** At most so many moments; spread over all of them. */
  readonly cuts: number
  /** So many disks for each. */
  readonly images: number
  /** Looks at one in so many as a whole. */
  readonly every?: number
  readonly whole?: (cut: Cut) => Promise<void>
  /** Looks at each disk in another way than at what was delivered. */
  readonly check?: (directory: string) => void
  /** Between which calls; all, unless it is said. */
  readonly between?: (calls: readonly Call[]) => readonly [number, number]
}

/** Cuts the power at moments of a recording, and looks at what the disk could hold then. */
export const cutPower = async (
  recording: Recording,
  {
    cuts,
    images,
    every = 0,
    whole = async () => undefined,
    check,
    between = () => [0, Number.POSITIVE_INFINITY],
  }: Options,
): Promise<Found> => {
  const { calls, seed, before } = recording
  const { place, remove } = newPlace()
  const dice = diceOf(seed, 1)
  const disk = new Disk(before, diceOf(seed, 2))
  const sent = new Set(recording.sent.map(({ id }) => id))
  const [acknowledged, wrong]: [Acknowledged[], string[]] = [[], []]
  let [forged, told, looked, at, started] = [0, 0, 0, 0, 0]
  const moments = calls.flatMap(({ _tag }, index) => (_tag === 'Sent' || _tag === 'Opened' ? [] : [index]))
  const [from, until] = between(calls)
  const within = moments.filter((index) => index >= from && index <= until)
  const chosen = new Set(within.length <= cuts ? within : dice.shuffled(within).slice(0, cuts))

  const inImage = async (
    chance: Parameters<Disk['writeImage']>[1],
    look: (directory: string) => Promise<void> | void,
  ): Promise<void> => {
    const directory = join(place, 'image')
    rmSync(directory, { recursive: true, force: true })
    mkdirSync(directory)
    disk.writeImage(directory, chance)
    await look(directory)
  }
  /** What is durable: worked out anew when something more is. */
  let durable: { readonly version: number; readonly names: ReadonlySet<string>; readonly events: number } | null = null
  const whatIsDurable = async () => {
    if (durable?.version !== disk.version) {
      await inImage(null, (directory) => {
        const log = logOf(directory)
        durable = {
          version: disk.version,
          names: new Set(log.flatMap(({ eventId, position }) => [eventId, position])),
          events: log.length,
        }
      })
    }
    return durable as NonNullable<typeof durable>
  }

  const everything = new Set<string>()
  for (const call of calls)
    for (const { eventId, position } of toldBy(call)?.acknowledged ?? []) everything.add(eventId).add(position)
  for (const [index, call] of calls.entries()) {
    disk.tell(call)
    const says = toldBy(call)
    if (says !== null && (says.shown.length > 0 || says.sealed > 0)) {
      told += 1
      const { names, events } = await whatIsDurable()
      const early = says.shown.filter((name) => everything.has(name) && !names.has(name))
      if (early.length > 0) wrong.push(`call ${index}: ${early.join(', ')} was told before it was durable`)
      if (says.sealed > events) wrong.push(`call ${index}: ${says.sealed} events were sealed, ${events} are durable`)
    }
    acknowledged.push(...(says?.acknowledged ?? []))
    forged += says?.forged ?? 0
    if (!chosen.has(index)) continue
    at += 1
    for (let image = 0; image < images; image++) {
      looked += 1
      const chance = image === 0 ? null : diceOf(seed, 3, index, image)
      try {
        await inImage(chance, async (directory) => {
          if (every > 0 && looked % every === 0) {
            started += 1
            await whole({ after: index, acknowledged: [...acknowledged], directory })
          }
          if (check === undefined) checkDirectory(directory, { acknowledged, forged, sealed: 0 }, sent)
          else check(directory)
        })
      } catch (error) {
        wrong.push(
          `call ${index} (${call._tag}), image ${image}: ${error instanceof Error ? error.message : String(error)}`,
        )
      }
    }
  }
  remove()
  return { cuts: at, images: looked, told, started, acknowledged: acknowledged.length, wrong }
}
