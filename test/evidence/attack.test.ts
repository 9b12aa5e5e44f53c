import { copyFileSync, existsSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { expect } from 'chai'
import type { RecordedEvent } from '../../src/eventStore/recordedEvent.ts'
import { prepareFile } from '../../src/eventStore/sqlite/database.ts'
import { isOwnEvent } from '../../src/ledger/ownEvent.ts'
import { readSeal } from '../../src/ledger/seals.ts'
import { tampering } from '../support/logs/alteredLog.ts'
import { newDirectory } from '../support/newDirectory.ts'
import { type AuditedLog, auditedLog, copyOf, foundBy } from '../support/seals/auditedLog.ts'
import { signAgain, takeOutCosignatures } from '../support/seals/signedAgain.ts'
import { kycHere } from '../support/service/kycHere.ts'

// Whoever can write to the file of the embedded log changes it, in each way there is. What an auditor finds is what `verify` says,
// with keys, checkpoint and secret that he has from before.

/** A log as the service makes one, of which the tables are read: a new column is attacked as soon as it is there. */
const schema = new Database(
  (() => {
    const file = join(newDirectory(), 'events.db')
    prepareFile(file)
    return file
  })(),
)
const TABLES = schema
  .prepare<[], string>("SELECT name FROM sqlite_schema WHERE type IN ('table', 'view') ORDER BY name")
  .pluck()
  .all()
const columnsOf = (table: string): readonly { readonly name: string; readonly type: string }[] =>
  schema.prepare<[string], { name: string; type: string }>('SELECT name, type FROM pragma_table_xinfo(?)').all(table)

const KINDS = ['user', 'own', 'unattributed', 'log', 'access', 'checkpoint', 'cosigned'] as const
type Kind = (typeof KINDS)[number]

let log: AuditedLog

const isKind: Readonly<Record<Kind, (event: RecordedEvent) => boolean>> = {
  user: ({ stream, revision }) => /^kyc-\d+$/.test(stream) && revision === 1,
  own: (event) => /^kyc-\d+$/.test(event.stream) && isOwnEvent(event),
  unattributed: ({ stream }) => stream === 'kyc-unattributed',
  log: ({ stream }) => stream === 'kyc-log',
  access: ({ stream }) => stream === 'kyc-access',
  checkpoint: (event) => event.revision > 0 && readSeal(event)?._tag === 'Checkpoint',
  cosigned: (event) => readSeal(event)?._tag === 'Cosigned',
}

/** The first event of a kind. */
const targetOf = (kind: Kind): RecordedEvent => {
  const target = log.events.find(isKind[kind])
  if (target === undefined) throw new Error(`there is no ${kind}`)
  return target
}

const placeOf = ({ stream, revision }: RecordedEvent): string => `${stream}, revision ${revision} \\(position \\d+\\)`

/** What names a change to the leaf at an index: the first checkpoint over it, and up to where the one before that agrees. */
const sealOver = (index: number): RegExp => {
  const first = log.seals.find(({ size }) => size > index)
  const before = log.seals.findLast(({ size }) => size <= index)
  const last = log.leaves[(before?.size ?? 0) - 1]
  const agreed =
    before === undefined || last === undefined
      ? 'none before it agrees'
      : `the first ${before.size} are, up to ${placeOf(last)}`
  return new RegExp(
    `^kyc-seals, revision ${first?.revision} \\(position \\d+\\): the first ${first?.size} events are not those that it was made over; ${agreed}$`,
  )
}

const indexOf = ({ position }: RecordedEvent): number => log.leaves.findIndex((leaf) => leaf.position === position)

const positionIn = (line: string): number => Number(/\(position (\d+)\)/.exec(line)?.[1] ?? 0)

const matching = (wrong: readonly string[], what: RegExp): readonly string[] => wrong.filter((line) => what.test(line))

/** The auditor's own checkpoint. */
const OWN = /: the first \d+ events of the log are not those that it was made over$/

/** A leaf is another one, or another stands in its place: first and last thing that tell it, and nothing before it is accused. */
const expectLeafFound = (wrong: readonly string[], index: number): void => {
  const all = wrong.join('\n')
  expect(matching(wrong, sealOver(index)), `${sealOver(index)} in ${all}`).to.have.length(1)
  expect(matching(wrong, OWN), all).to.have.length(1)
  const at = Number(log.leaves[index]?.position)
  expect(Math.min(...wrong.filter((line) => line.includes('(position')).map(positionIn)), all).to.be.at.least(at)
}

/** What tells of a change. */
type Finding =
  /** Nothing but that it is not what was sealed. */
  | 'sealed'
  /** The first thing that is wrong; a leaf is not what was sealed as well. */
  | { readonly first: RegExp }
  /** The first thing that is wrong, and the checkpoints say nothing of their own: they are held to be of another log, or the change is to them. */
  | { readonly alone: RegExp }
  /** An auditor is shown nothing else than before; why. */
  | { readonly nothing: string }

const GONE_ON = { first: /: its stream should go on with revision \d+ here$/ }
const NO_WEBHOOK = {
  first: /: it is no webhook with its metadata, nor anything of this service's own that can be read there$/,
}
const ALTERED = { first: /: its payload is not the one that was recorded/ }
const NO_IDENTITY = { first: /^kyc-log: the first event of kyc-log cannot be read/ }
const NO_SEAL = { alone: /: it is no seal that this version can read$/ }
const UNRELIABLE = { alone: /: its checkpoint cannot be relied on: / }
const SEAL_ITSELF = {
  nothing: 'the events of kyc-seals are no leaves: of them nothing counts but what is signed in their data',
}
const STRANGER = { nothing: 'a cosignature under a name of which no key is given counts for nothing' }

/** In the value that a text holds under a name. */
const inside =
  (name: string) =>
  (text: string): number => {
    const at = new RegExp(`"${name}":"?`).exec(text)
    if (at === null) throw new Error(`there is no ${name}`)
    return at.index + at[0].length
  }
const beginning = (): number => 0

type Places = Readonly<Record<string, readonly [(text: string) => number, Finding]>>

const SALTED: Places = {
  'the time when it was recorded': [inside('recordedAt'), 'sealed'],
  'the salt': [inside('salt'), 'sealed'],
}
const OF_WEBHOOK: Places = {
  'the beginning': [beginning, ALTERED],
  'the payload': [inside('object_payload'), ALTERED],
  'the signature of the provider': [
    inside('object_payload_signature'),
    { first: /: the provider's signature over its payload is not good$/ },
  ],
  'its id': [inside('webhook_id'), 'sealed'],
  'its time': [inside('webhook_created_at'), 'sealed'],
}
const ABOUT_WEBHOOK: Places = {
  ...SALTED,
  'the beginning': [beginning, NO_WEBHOOK],
  'the hash of the payload': [inside('payloadHash'), ALTERED],
  'the id of the webhook': [inside('webhookId'), 'sealed'],
  'the secret': [inside('secret'), 'sealed'],
}
const ABOUT_SEAL: Places = {
  'the beginning': [beginning, { alone: /: it is no webhook|: it is no seal/ }],
  'the time when it was recorded': [inside('recordedAt'), SEAL_ITSELF],
  'the salt': [inside('salt'), SEAL_ITSELF],
}

/** What tells of a changed byte of each column in a row of each kind; of a text, where in it the byte lies. */
const CHANGED: Readonly<Record<string, Readonly<Record<Kind, Finding | Places>>>> = {
  'events.position': {
    user: 'sealed',
    own: 'sealed',
    unattributed: 'sealed',
    log: 'sealed',
    access: 'sealed',
    checkpoint: { alone: GONE_ON.first },
    cosigned: { alone: GONE_ON.first },
  },
  'events.stream': {
    user: GONE_ON,
    own: GONE_ON,
    unattributed: { first: /: by its metadata it was recorded for another stream$/ },
    log: { first: /^kyc-log: kyc-log does not show its beginning: it was deleted or cut/ },
    access: NO_WEBHOOK,
    checkpoint: { alone: GONE_ON.first },
    cosigned: { alone: GONE_ON.first },
  },
  'events.revision': {
    user: GONE_ON,
    own: GONE_ON,
    unattributed: GONE_ON,
    log: { first: /^kyc-log: kyc-log does not show its beginning/ },
    access: GONE_ON,
    checkpoint: { alone: GONE_ON.first },
    cosigned: { alone: GONE_ON.first },
  },
  'events.event_id': {
    user: 'sealed',
    own: 'sealed',
    unattributed: 'sealed',
    log: 'sealed',
    access: 'sealed',
    checkpoint: SEAL_ITSELF,
    cosigned: SEAL_ITSELF,
  },
  'events.type': {
    user: 'sealed',
    own: NO_WEBHOOK,
    unattributed: 'sealed',
    log: NO_IDENTITY,
    access: 'sealed',
    checkpoint: NO_SEAL,
    cosigned: NO_SEAL,
  },
  'events.data': {
    user: OF_WEBHOOK,
    own: {
      'the beginning': [beginning, ALTERED],
      'what was observed': [inside('kycReview'), ALTERED],
    },
    unattributed: OF_WEBHOOK,
    log: {
      'the beginning': [beginning, NO_IDENTITY],
      'the identity': [inside('logId'), { alone: /: it is a checkpoint of another log, / }],
      'the generation': [inside('generation'), 'sealed'],
    },
    access: {
      'the beginning': [beginning, 'sealed'],
      'who has looked': [inside('read'), 'sealed'],
    },
    checkpoint: {
      'the beginning': [beginning, NO_SEAL],
      'the origin': [inside('checkpoint'), UNRELIABLE],
      'the size': [(text) => text.indexOf('\\n') + 2, UNRELIABLE],
      'the root': [(text) => text.indexOf('\\n', text.indexOf('\\n') + 2) + 2, UNRELIABLE],
      'the first signature': [(text) => text.indexOf('\\n\\n') + 90, UNRELIABLE],
      'the last signature': [(text) => text.length - 20, UNRELIABLE],
    },
    cosigned: {
      'the beginning': [beginning, NO_SEAL],
      'the size': [inside('size'), { alone: /: no checkpoint over \d+ events stands before it|is not good$/ }],
      'the name of the witness': [(text) => text.indexOf('witness.example'), STRANGER],
      'the signature': [
        (text) => text.indexOf('witness.example/1 ') + 60,
        // Of some letters of a signature the neighbour is none.
        {
          alone:
            /: the cosignature of witness.example\/1 over the checkpoint of \d+ events is not good$|: cosignatures: its signature line 1 is none$/,
        },
      ],
    },
  },
  'events.metadata': {
    user: {
      ...ABOUT_WEBHOOK,
      'the user': [inside('userId'), { first: /: by its metadata it was recorded for another stream$/ }],
    },
    own: {
      ...SALTED,
      'the beginning': [beginning, NO_WEBHOOK],
      'whose it is': [inside('origin'), NO_WEBHOOK],
      'the hash of its data': [inside('dataHash'), ALTERED],
    },
    unattributed: ABOUT_WEBHOOK,
    log: { ...SALTED, 'the beginning': [beginning, NO_IDENTITY] },
    access: { ...SALTED, 'the beginning': [beginning, NO_WEBHOOK] },
    checkpoint: ABOUT_SEAL,
    cosigned: ABOUT_SEAL,
  },
}

/** What says which events are gone by right. None of it is shown, so an auditor sees nothing of a change; whether the copy of a backup sees it. */
const BESIDE: Readonly<Record<string, { readonly change: string; readonly isCounted: boolean }>> = {
  'removed.stream': { change: "INSERT INTO removed VALUES ('kyc-77', NULL, 0)", isCounted: false },
  'removed.before': { change: "INSERT INTO removed VALUES ('kyc-77', 1, 0)", isCounted: false },
  'removed.events': { change: "INSERT INTO removed VALUES ('kyc-77', NULL, 1)", isCounted: true },
  'used_positions.last': { change: 'UPDATE used_positions SET last = 4711', isCounted: true },
}

type Value = string | number

/** With one byte that is another: of a number the second, of a text the one at an index. */
const changed = (value: Value, at: number): Value =>
  typeof value === 'number'
    ? value ^ 256
    : value.slice(0, at) + String.fromCharCode(value.charCodeAt(at) ^ 1) + value.slice(at + 1)

const isPlaces = (finding: Finding | Places): finding is Places =>
  finding !== 'sealed' && !('first' in finding || 'alone' in finding || 'nothing' in finding)

/** Changes a byte in a column of a row, in a copy of the log; gives its file. */
const withChanged = (table: string, column: string, kind: Kind, at: (text: string) => number): string => {
  const file = copyOf(log)
  const position = Number(targetOf(kind).position)
  tampering(file, (db) => {
    const before = db
      .prepare<[number], Value>(`SELECT ${column} FROM ${table} WHERE position = ?`)
      .pluck()
      .get(position)
    if (before === undefined) throw new Error('there is no such row')
    const after = changed(before, typeof before === 'string' ? at(before) : 0)
    db.prepare(`UPDATE ${table} SET ${column} = ? WHERE position = ?`).run(after, position)
  })
  return file
}

const expectFound = async (file: string, kind: Kind, finding: Finding): Promise<void> => {
  const { wrong } = await foundBy(file, log)
  const all = wrong.join('\n')
  if (typeof finding === 'object' && 'nothing' in finding) {
    expect(wrong, finding.nothing).to.deep.equal([])
    return
  }
  expect(wrong, 'nothing is wrong').to.not.have.length(0)
  if (finding !== 'sealed') expect(wrong[0], all).to.match('first' in finding ? finding.first : finding.alone)
  if (finding === 'sealed' || 'first' in finding) expectLeafFound(wrong, indexOf(targetOf(kind)))
}

before(async function () {
  this.timeout(240_000)
  log = await auditedLog()
})

describe('an embedded log that nobody has attacked', () => {
  it('has nothing wrong, whatever an auditor holds', async () => {
    expect(log.seals.length).to.be.greaterThan(3)
    for (const checkpoints of [[], [log.checkpoint], [log.seenByWitness], [log.checkpoint, log.seenByWitness]]) {
      for (const isWitnessed of [true, false]) {
        const { wrong } = await foundBy(log.file, log, { checkpoints, isWitnessed })
        expect(wrong).to.deep.equal([])
      }
    }
  })
})

describe('a changed byte in', () => {
  it('a column is told of for each there is', () => {
    const all = TABLES.flatMap((table) => columnsOf(table).map(({ name }) => `${table}.${name}`))
    expect([...Object.keys(CHANGED), ...Object.keys(BESIDE)]).to.have.members(all)
  })

  for (const table of TABLES) {
    for (const { name: column } of columnsOf(table)) {
      for (const kind of KINDS) {
        const finding = CHANGED[`${table}.${column}`]?.[kind]
        if (finding === undefined) continue
        const places: Places = isPlaces(finding) ? finding : { 'its beginning': [beginning, finding] }
        for (const [place, [at, found]] of Object.entries(places)) {
          const is = typeof found === 'object' && 'nothing' in found ? 'changes nothing' : 'is found'
          it(`${column} of a row (${kind}), ${place}, ${is}`, () =>
            expectFound(withChanged(table, column, kind, at), kind, found))
        }
      }
    }
  }
})

/** Does something to the rows of a copy of the log, and gives what is found wrong in it. */
const foundAfter = async (
  attack: (db: Database.Database) => unknown,
  auditor?: Parameters<typeof foundBy>[2],
): Promise<readonly string[]> => {
  const file = copyOf(log)
  tampering(file, attack)
  return (await foundBy(file, log, auditor)).wrong
}

const rowsAfter = (db: Database.Database, position: number): readonly number[] =>
  db
    .prepare<[number], number>('SELECT position FROM events WHERE position > ? ORDER BY position DESC')
    .pluck()
    .all(position)

const remove = (db: Database.Database, { position }: RecordedEvent): void => {
  db.prepare('DELETE FROM events WHERE position = ?').run(Number(position))
}

/** Leaves no gap in the numbers of rows. */
const closeUp = (db: Database.Database): void => {
  const positions = db.prepare<[], number>('SELECT position FROM events ORDER BY position').pluck().all()
  const move = db.prepare('UPDATE events SET position = ? WHERE position = ?')
  for (const [index, position] of positions.entries()) move.run(index + 1, position)
}

describe('what a file holds beside the rows', () => {
  it('is no part of what is shown: the number of the last row, and what keeps rows from being changed', async () => {
    expect(
      await foundAfter((db) =>
        db
          .prepare('UPDATE events SET position = position + 9 WHERE position = (SELECT max(position) FROM events)')
          .run(),
      ),
      'where an event stands in which store is no part of its record',
    ).to.deep.equal([])
    const file = copyOf(log)
    const db = new Database(file)
    db.exec('DROP TRIGGER events_are_never_changed; DROP TRIGGER events_are_never_deleted')
    db.close()
    expect((await foundBy(file, log)).wrong).to.deep.equal([])
  })

  for (const [column, { change, isCounted }] of Object.entries(BESIDE)) {
    it(`(${column}) takes nothing from what is shown, and is ${isCounted ? 'counted' : 'no reason not to be copied'} by a backup`, async () => {
      const file = copyOf(log)
      tampering(file, (db) => db.exec(change))
      expect((await foundBy(file, log)).wrong).to.deep.equal([])
      const { code, stderr } = await kycHere(join(file, '..'), ['backup', join(newDirectory(), 'backup'), '--log-only'])
      expect(code, stderr).to.equal(isCounted ? 1 : 0)
      if (isCounted) expect(stderr).to.contain('it is not whole: it holds')
    })
  }

  it('makes it another kind of file, or one of another release, which is not opened', async () => {
    for (const [pragma, told] of [
      ['application_id = 1', 'not an event log of this service'],
      ['user_version = 3', 'schema version 3'],
    ] as const) {
      const file = copyOf(log)
      const db = new Database(file)
      db.pragma(pragma)
      db.close()
      const ended = await kycHere(join(file, '..'), ['verify'])
      expect([ended.code, ended.stdout]).to.deep.equal([1, ''])
      expect(ended.stderr).to.contain(told)
    }
  })
})

describe('a removed row', () => {
  for (const kind of ['user', 'own', 'unattributed', 'access'] as const) {
    for (const isClosed of [false, true]) {
      it(`of an event (${kind}) is missed in its stream, and its leaf in the tree${isClosed ? ', also where no gap is left' : ''}`, async () => {
        const target = targetOf(kind)
        const wrong = await foundAfter((db) => {
          remove(db, target)
          if (isClosed) closeUp(db)
        })
        const gap = new RegExp(`^${target.stream}, .*: its stream should go on with revision ${target.revision} here$`)
        expect(matching(wrong, gap)).to.have.length(1)
        expect(matching(wrong, sealOver(indexOf(target)))).to.have.length(1)
        expect(matching(wrong, OWN).length + matching(wrong, /has lost at least 1 events$/).length).to.equal(1)
      })
    }
  }

  it('at the end of a stream is missed by the next checkpoint alone', async () => {
    const last = log.leaves.findLast(({ stream }) => /^kyc-\d+$/.test(stream))
    const gone = last ?? targetOf('user')
    const wrong = await foundAfter((db) => remove(db, gone))
    const over = log.seals.filter(({ size }) => size > indexOf(gone))
    const named = new RegExp(
      `^kyc-seals, revision ${over[0]?.revision} .*: (the first \\d+ events are not those|it seals \\d+ events, and the log has only)`,
    )
    expect(matching(wrong, named), wrong.join('\n')).to.have.length(1)
  })

  it('of each event of a stream, as if it had never been, is missed by the next checkpoint', async () => {
    for (const stream of ['kyc-unattributed', 'kyc-access', targetOf('user').stream]) {
      const first = log.leaves.find((leaf) => leaf.stream === stream)
      const wrong = await foundAfter((db) => {
        db.prepare('DELETE FROM events WHERE stream = ?').run(stream)
        closeUp(db)
      })
      expect(matching(wrong, sealOver(first === undefined ? 0 : indexOf(first))), wrong.join('\n')).to.have.length(1)
    }
  })

  it('of a seal is missed in its stream, and of all seals by a witness', async () => {
    for (const kind of ['checkpoint', 'cosigned'] as const) {
      const target = targetOf(kind)
      const wrong = await foundAfter((db) => remove(db, target))
      const gap = new RegExp(`^kyc-seals, .*: its stream should go on with revision ${target.revision} here$`)
      expect(matching(wrong, gap)).to.have.length(1)
    }
    const wrong = await foundAfter((db) => db.prepare("DELETE FROM events WHERE stream = 'kyc-seals'").run())
    expect(wrong).to.deep.equal(['witness.example/1 has cosigned no checkpoint in the log'])
  })

  it("at the end of kyc-seals changes nothing: what was signed says an auditor's own checkpoint as well", async () => {
    const last = log.events.findLast(({ stream }) => stream === 'kyc-seals') ?? targetOf('checkpoint')
    expect(await foundAfter((db) => remove(db, last))).to.deep.equal([])
  })
})

/** Has two rows change places, in the columns given. */
const swap = (db: Database.Database, columns: readonly string[], one: number, other: number): void => {
  const row = db.prepare<[number], Record<string, Value>>(`SELECT ${columns.join()} FROM events WHERE position = ?`)
  const [first, second] = [row.get(one) ?? {}, row.get(other) ?? {}]
  const set = (values: Readonly<Record<string, Value>>, where: number): void => {
    const assigned = columns.map((column) => `${column} = @${column}`).join()
    db.prepare(`UPDATE events SET ${assigned} WHERE position = @where`).run({ ...values, where })
  }
  // No two rows have one place at any time.
  set(
    {
      ...first,
      ...Object.fromEntries(columns.map((column, n) => [column, typeof first[column] === 'number' ? -1e6 - n : 'x'])),
    },
    one,
  )
  set(first, other)
  set(second, one)
}

describe('two rows that were swapped', () => {
  const neighbours = (): readonly [RecordedEvent, RecordedEvent] => {
    const index = log.leaves.findIndex(({ stream }, at) => at > 0 && stream !== log.leaves[at + 1]?.stream)
    const [one, other] = [log.leaves[index], log.leaves[index + 1]]
    if (one === undefined || other === undefined) throw new Error('there are no two')
    return [one, other]
  }

  it('in the order of the log are found by the checkpoint over them alone', async () => {
    const [one, other] = neighbours()
    const wrong = await foundAfter((db) => {
      const move = db.prepare('UPDATE events SET position = ? WHERE position = ?')
      move.run(1_000_000, Number(one.position))
      move.run(Number(one.position), Number(other.position))
      move.run(Number(other.position), 1_000_000)
    })
    const first = log.seals.find(({ size }) => size > indexOf(one))
    // A checkpoint between the two was made over the first alone.
    expect(matching(wrong, sealOver(indexOf(one))), `${wrong.join('\n')} ${first?.size}`).to.have.length(1)
  })

  for (const columns of [
    ['data'],
    ['metadata'],
    ['data', 'metadata'],
    ['type'],
    ['event_id'],
    ['event_id', 'type', 'data', 'metadata'],
  ]) {
    it(`in ${columns.join(', ')} are found by the checkpoint over the first, whatever else is`, async () => {
      const one = targetOf('user')
      const other = log.leaves.find(
        ({ stream, type }) => /^kyc-\d+$/.test(stream) && stream !== one.stream && type !== one.type,
      )
      if (other === undefined) throw new Error('there is no other')
      const first = Math.min(indexOf(one), indexOf(other))
      const wrong = await foundAfter((db) => swap(db, columns, Number(one.position), Number(other.position)))
      expectLeafFound(wrong, first)
    })
  }

  it('in kyc-seals are not in the order of their sizes', async () => {
    const [one, other] = log.seals
    const wrong = await foundAfter((db) => swap(db, ['data'], Number(one?.position), Number(other?.position)))
    expect(
      matching(wrong, /: it seals \d+ events, and the checkpoint before it \d+$/),
      wrong.join('\n'),
    ).to.not.have.length(0)
    expect(matching(wrong, /: it stands before the last of the \d+ events that it seals$/)).to.have.length(1)
  })
})

describe('a row that was inserted in the past', () => {
  /** Another event of somebody, genuine in itself, behind an event, with the numbers of all that come after it put up by one. */
  const insertBehind = (
    db: Database.Database,
    { position }: RecordedEvent,
    row: Readonly<Record<string, Value>>,
  ): void => {
    const move = db.prepare('UPDATE events SET position = position + 1 WHERE position = ?')
    for (const later of rowsAfter(db, Number(position))) move.run(later)
    db.prepare(
      `INSERT INTO events (position, stream, revision, event_id, type, data, metadata)
       VALUES (@position, @stream, @revision, @event_id, @type, @data, @metadata)`,
    ).run({ ...row, position: Number(position) + 1 })
  }
  const rowOf = ({ stream, revision, eventId, type, data, metadata }: RecordedEvent) => ({
    stream,
    revision,
    event_id: eventId,
    type,
    data,
    metadata,
  })

  it('and is genuine by itself, is found by the checkpoint over it alone', async () => {
    const target = targetOf('user')
    const stranger = '777'
    const genuine = rowOf(target)
    const metadata = genuine.metadata.replace(/"userId":"\d+"/, `"userId":"${stranger}"`)
    const wrong = await foundAfter((db) =>
      insertBehind(db, target, { ...genuine, stream: `kyc-${stranger}`, revision: 0, metadata }),
    )
    expectLeafFound(wrong, indexOf(target) + 1)
    expect(matching(wrong, /^kyc-777, /)).to.have.length(0)
  })

  it('of a stream that goes on is found there as well', async () => {
    const target = targetOf('user')
    const wrong = await foundAfter((db) => {
      const later = db
        .prepare<[string, number], number>(
          'SELECT position FROM events WHERE stream = ? AND revision > ? ORDER BY revision DESC',
        )
        .pluck()
      for (const position of later.all(target.stream, target.revision)) {
        db.prepare('UPDATE events SET revision = revision + 1 WHERE position = ?').run(position)
      }
      insertBehind(db, target, {
        ...rowOf(target),
        revision: target.revision + 1,
        event_id: 'ffffffff-ffff-4fff-8fff-ffffffffffff',
      })
    })
    expectLeafFound(wrong, indexOf(target) + 1)
  })

  it('among the seals is found by its size, which was there already', async () => {
    const target = targetOf('checkpoint')
    const last = log.events.findLast(({ stream }) => stream === 'kyc-seals')
    const wrong = await foundAfter((db) =>
      insertBehind(db, last ?? target, {
        ...rowOf(target),
        revision: (last?.revision ?? 0) + 1,
        event_id: 'ffffffff-ffff-4fff-8fff-ffffffffffff',
      }),
    )
    expect(wrong[0]).to.match(/: it seals \d+ events, and the checkpoint before it \d+$/)
  })

  it('before the first, where nobody would look, is not opened', async () => {
    const file = copyOf(log)
    tampering(file, (db) => db.prepare('UPDATE events SET position = -1 WHERE position = 1').run())
    const ended = await kycHere(join(file, '..'), ['verify'])
    expect([ended.code, ended.stdout]).to.deep.equal([1, ''])
    expect(ended.stderr).to.contain('before its first position')
  })
})

describe('a log that lost its end', () => {
  const CUT = { checkpoints: [] as string[], isWitnessed: false }

  for (const rows of [1, 3, 12]) {
    it(`by ${rows} rows is found by the auditor's own checkpoint, and by nothing else`, async () => {
      const cut = (db: Database.Database): void => {
        const from = log.events.at(-rows)
        db.prepare('DELETE FROM events WHERE position >= ?').run(Number(from?.position))
      }
      const lost = log.leaves.filter(({ position }) => position >= (log.events.at(-rows)?.position ?? '')).length
      expect(await foundAfter(cut, CUT)).to.deep.equal([])
      const wrong = await foundAfter(cut)
      expect(wrong).to.have.length(lost === 0 ? 0 : 1)
      if (lost > 0)
        expect(wrong[0]).to.match(
          new RegExp(`the log has only ${log.leaves.length - lost}, and has lost at least ${lost} events$`),
        )
    })
  }

  it('since an old backup was put back is found by each checkpoint that is newer, the one that the witness shows included', async () => {
    for (const checkpoint of [log.checkpoint, log.seenByWitness]) {
      const file = join(newDirectory(), 'events.db')
      copyFileSync(log.file, file)
      for (const name of [`${file}-wal`, `${file}-shm`]) if (existsSync(name)) rmSync(name)
      copyFileSync(log.backup, file)
      expect((await foundBy(file, log, CUT)).wrong).to.deep.equal([])
      const { wrong } = await foundBy(file, log, { checkpoints: [checkpoint], isWitnessed: true })
      expect(wrong).to.have.length(1)
      expect(wrong[0]).to.match(/the log has only \d+, and has lost at least \d+ events$/)
    }
  })
})

describe('a log that its owner has written anew, with all its checkpoints signed again by its own key', () => {
  const KEY_ALONE = { checkpoints: [], isWitnessed: false }
  const WITNESSED = { checkpoints: [], isWitnessed: true }
  const REWRITTEN = 'whether the log was written anew together with its checkpoints: whoever holds its key could'

  /** Sets back the time of the first event of a user, which nothing but the seals binds. */
  const backdate = (db: Database.Database, { position }: RecordedEvent): void => {
    const sql =
      'UPDATE events SET metadata = replace(metadata, \'"recordedAt":"20\', \'"recordedAt":"19\') WHERE position = ?'
    expect(db.prepare(sql).run(Number(position)).changes).to.equal(1)
  }
  const firstOfUser = (): RecordedEvent => {
    const first = log.leaves.find(({ stream, revision }) => /^kyc-\d+$/.test(stream) && revision === 0)
    if (first === undefined) throw new Error('there is no user')
    return first
  }
  const writtenAnew = (cosignatures: 'kept' | 'taken out'): string => {
    const file = copyOf(log)
    tampering(file, (db) => {
      backdate(db, firstOfUser())
      signAgain(db, log.keyFile)
      if (cosignatures === 'taken out') takeOutCosignatures(db, 0)
    })
    return file
  }

  it('is not told from the one that was there by whoever holds nothing but the key, and he is told so', async () => {
    for (const cosignatures of ['kept', 'taken out'] as const) {
      const { wrong, notChecked } = await foundBy(writtenAnew(cosignatures), log, KEY_ALONE)
      expect(wrong).to.deep.equal([])
      expect(notChecked).to.include(REWRITTEN)
    }
  })

  it('is told from it by the cosignatures of a witness: it has not seen these checkpoints, or none', async () => {
    const kept = await foundBy(writtenAnew('kept'), log, WITNESSED)
    const cosignature =
      /^kyc-seals, .*: the cosignature of witness\.example\/1 over the checkpoint of \d+ events is not good$/
    expect(kept.wrong).to.have.length(matching(kept.wrong, cosignature).length)
    expect(kept.wrong.length).to.be.greaterThan(1)
    const without = await foundBy(writtenAnew('taken out'), log, WITNESSED)
    expect(without.wrong).to.deep.equal(['witness.example/1 has cosigned no checkpoint in the log'])
  })

  it('only from where the witness has not cosigned any more, is told from it by what the witness shows', async () => {
    const sizes = log.events.map(readSeal).flatMap((seal) => (seal?._tag === 'Cosigned' ? [seal.size] : []))
    const seen = [...new Set(sizes)].at(-2) ?? 0
    const later = log.leaves.at(seen)
    const file = copyOf(log)
    const kept = tampering(file, (db) => {
      if (later === undefined) throw new Error('nothing was sealed later')
      db.prepare("UPDATE events SET metadata = metadata || ' ' WHERE position = ?").run(Number(later.position))
      signAgain(db, log.keyFile)
      return takeOutCosignatures(db, seen)
    })
    expect(kept).to.be.greaterThan(0)
    const alone = await foundBy(file, log, WITNESSED)
    expect(alone.wrong).to.deep.equal([])
    const unseen = `whether events after the first ${seen} were written anew: witness.example/1 has not cosigned them`
    expect(alone.notChecked).to.include(unseen)
    const shown = await foundBy(file, log, { ...WITNESSED, checkpoints: [log.seenByWitness] })
    expect(shown.wrong).to.have.length(1)
    expect(shown.wrong[0]).to.match(OWN)
  })

  it('is told from it by a checkpoint of before', async () => {
    const { wrong } = await foundBy(writtenAnew('taken out'), log, {
      checkpoints: [log.checkpoint],
      isWitnessed: false,
    })
    expect(wrong).to.have.length(1)
    expect(wrong[0]).to.match(OWN)
  })
})
