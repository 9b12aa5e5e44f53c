import { accessSync, constants, existsSync, statfsSync, statSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { Database } from 'better-sqlite3'
import { parseRfc3339 } from '../../domain/instant.ts'
import { isLoopback } from '../config/exposure.ts'
import { codeOf } from '../files/codeOf.ts'
import { whyNot } from '../files/whyNot.ts'
import { currentReadModel } from '../readModel/file.ts'
import { sizeInWords } from '../words/numberInWords.ts'
import { type Finding, fault, ok, warning } from './finding.ts'
import { lookInto } from './lookInto.ts'
import type { Patient } from './patient.ts'

const OF = 'disk'
const [MIB, GIB, DAY_MS] = [2 ** 20, 2 ** 30, 86_400_000]

/** How full a disk may be, by room and by how long that lasts at the pace of the last week. */
const LEAST = { fault: { bytes: 128 * MIB, days: 3 }, warning: { bytes: GIB, days: 30 } } as const
const FEW_INODES = 1000
/** SQLite cuts it to 64 MiB when it can. */
const LARGE_WAL = 256 * MIB
const PACE_DAYS = 7

/** File systems by their numbers (statfs(2)): those that SQLite must not be on, and those that are gone with the machine or the container. */
const REMOTE: Readonly<Record<number, string>> = {
  26985: 'NFS',
  20859: 'SMB',
  4283649346: 'CIFS',
  4266872130: 'SMB',
  16914839: '9p',
}
const FLEETING: Readonly<Record<number, string>> = {
  16914836: 'in memory: it is gone with the machine',
  2035054128: 'that of a container: it is gone with it; mount a volume',
}

const sizeOf = (file: string): number => statSync(file, { throwIfNoEntry: false })?.size ?? 0

/** By how many bytes a day an embedded log has grown in the last week, as its events say; `null` of one that holds none of before. */
const paceOf = (db: Database, bytes: number, now: number): number | null => {
  const at = db.prepare<[number], { readonly position: number; readonly metadata: string }>(
    'SELECT position, metadata FROM events WHERE position >= ? ORDER BY position LIMIT 1',
  )
  const last = db.prepare<[], number | null>('SELECT max(position) FROM events').pluck().get() ?? 0
  const since = now - PACE_DAYS * DAY_MS
  const isBefore = (position: number): boolean => {
    const recordedAt = parseRfc3339(/"recordedAt":"([^"]+)"/.exec(at.get(position)?.metadata ?? '')?.[1] ?? '')
    return recordedAt !== null && recordedAt / 1000 < since
  }
  if (last === 0 || !isBefore(1)) return null
  let [low, high] = [1, last + 1]
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2)
    if (isBefore(middle)) low = middle
    else high = middle
  }
  return (((last - low) / last) * bytes) / PACE_DAYS
}

const pace = async ({ log, now }: Patient): Promise<number | null> =>
  log === null || !existsSync(log) ? null : lookInto(log, (db) => paceOf(db, sizeOf(log), now)).catch(() => null)

const roomIn = (directory: string, perDay: number | null, needed: number): Finding => {
  const { bavail, bsize } = statfsSync(directory)
  const free = bavail * bsize
  const days = perDay === null || perDay < 1 ? Number.POSITIVE_INFINITY : free / perDay
  const told = `${directory} has ${sizeInWords(free)} left${days < 3650 ? `, enough for ${Math.floor(days)} days at the pace of the last week` : ''}`
  if (free < LEAST.fault.bytes || days < LEAST.fault.days) return fault(OF, `${told}: make room`)
  if (free < LEAST.warning.bytes || days < LEAST.warning.days) return warning(OF, `${told}: make room soon`)
  return free < needed
    ? warning(OF, `${told}, less than the ${sizeInWords(needed)} that a replay takes for a second read model`)
    : ok(OF, told)
}

const inodesIn = (directory: string): readonly Finding[] => {
  const { files, ffree } = statfsSync(directory)
  if (files === 0 || ffree >= FEW_INODES) return []
  const told = `${directory} has ${ffree} inodes left: remove files from its file system`
  return [ffree === 0 ? fault(OF, told) : warning(OF, told)]
}

const kindOf = (directory: string, isTrial: boolean): readonly Finding[] => {
  const { type } = statfsSync(directory)
  const [remote, fleeting] = [REMOTE[type], FLEETING[type]]
  if (remote !== undefined)
    return [fault(OF, `${directory} is on ${remote}, which does not lock files as SQLite needs it: use a local disk`)]
  return fleeting === undefined || isTrial ? [] : [warning(OF, `the file system of ${directory} is ${fleeting}`)]
}

/** Whoever looks may be another user than the service: what is not his own he need not write. */
const writable = (directory: string): readonly Finding[] => {
  try {
    accessSync(directory, constants.W_OK)
    return []
  } catch (error) {
    const why = whyNot(error, join(directory, '_'))
    const isOwn = statSync(directory).uid === process.geteuid?.()
    return [
      codeOf(error) === 'EROFS' || isOwn
        ? fault(OF, why)
        : warning(OF, `${why}; where this is not the service's user, look as that one`),
    ]
  }
}

const wals = (files: readonly string[]): readonly Finding[] =>
  files.flatMap((file) => {
    const size = sizeOf(`${file}-wal`)
    return size < LARGE_WAL
      ? []
      : [
          warning(
            OF,
            `${file}-wal has ${sizeInWords(size)}: something reads the database without an end (a backup, a copy, a shell)`,
          ),
        ]
  })

/** Whether there is room, of a kind that lasts, where the service writes. */
export const lookAtDisk = async (patient: Patient): Promise<readonly Finding[]> => {
  const { log } = patient
  const { dataDir, host } = patient.config
  const readModel = currentReadModel(dataDir)
  const places = [...new Set([dataDir, ...(log === null ? [] : [dirname(log)])])].filter((one) => existsSync(one))
  const devices = new Set<number>()
  const own = places.filter((place) => {
    const { dev } = statSync(place)
    return !devices.has(dev) && devices.add(dev)
  })
  const perDay = await pace(patient)
  return [
    ...own.map((place) => roomIn(place, perDay, place === dataDir ? sizeOf(readModel) : 0)),
    ...own.flatMap(inodesIn),
    ...own.flatMap((place) => kindOf(place, isLoopback(host))),
    ...places.flatMap(writable),
    ...wals([...(log === null ? [] : [log]), readModel, join(dataDir, 'journal.db')]),
    ...(log === null ? [ok(OF, 'that of EventStoreDB is not seen from here: watch it where it runs')] : []),
  ]
}
