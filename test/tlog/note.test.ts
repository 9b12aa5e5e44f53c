import { createPrivateKey, generateKeyPairSync } from 'node:crypto'
import { expect } from 'chai'
import fc from 'fast-check'
import * as E from 'fp-ts/lib/Either.js'
import { type Checkpoint, formatCheckpoint, parseCheckpoint } from '../../src/tlog/checkpoint.ts'
import { leafHash } from '../../src/tlog/hash.ts'
import {
  ED25519,
  ED25519_COSIGNATURE,
  formatVerifierKey,
  ML_DSA_44_COSIGNATURE,
  parseVerifierKey,
} from '../../src/tlog/keys.ts'
import { formatNote, parseNote } from '../../src/tlog/note.ts'
import { type Signer, signer } from '../../src/tlog/sign.ts'
import { verifyCheckpoint } from '../../src/tlog/verifyCheckpoint.ts'

const right = <A>(either: E.Either<string, A>): A => {
  if (E.isLeft(either)) throw new Error(either.left)
  return either.right
}

/** From C2SP signed-note, "Example". */
const EXAMPLE_KEY = 'example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k'
const EXAMPLE_NOTE = `This is an example message.

\u2014 example.com/foo Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTgK7Ztg1ERYNZXsYjOBH3mFXmRKuwHjG1Yu72IneyaQM=
`

const ORIGIN = 'ledger.example/5f0c'
const CHECKPOINT: Checkpoint = { origin: ORIGIN, size: 17, root: leafHash(Buffer.from('root')) }

const log = signer(ORIGIN, ED25519, generateKeyPairSync('ed25519').privateKey)
const logAfterwards = signer(ORIGIN, ML_DSA_44_COSIGNATURE, generateKeyPairSync('ml-dsa-44').privateKey)
const witness = signer('witness.example/w1', ED25519_COSIGNATURE, generateKeyPairSync('ed25519').privateKey)
const SIGNERS: readonly Signer[] = [log, logAfterwards, witness]
const AT = 1_780_000_000

const signedBy = (...signers: readonly Signer[]): string =>
  formatNote({ text: formatCheckpoint(CHECKPOINT), signatures: signers.map(({ sign }) => sign(CHECKPOINT, AT)) })
const keysOf = (...signers: readonly Signer[]) => signers.map(({ verifier }) => verifier)

describe('a verifier key', () => {
  it('is read and written as in the example of the specification', () => {
    const key = right(parseVerifierKey(EXAMPLE_KEY))
    expect(key.name).to.equal('example.com/foo')
    expect(formatVerifierKey(key)).to.equal(EXAMPLE_KEY)
  })

  for (const { verifier } of SIGNERS) {
    it(`of type ${verifier.type} is read as it was written`, () => {
      const line = formatVerifierKey(verifier)
      const read = right(parseVerifierKey(line))
      expect(formatVerifierKey(read)).to.equal(line)
      expect(read.publicKey.equals(verifier.publicKey)).to.equal(true)
    })
  }

  it('is refused in words where something of it is not right', () => {
    const [name, id, base64] = EXAMPLE_KEY.split('+') as [string, string, string]
    const unknownType = Buffer.from(base64, 'base64')
    unknownType[0] = 2
    for (const line of [
      '',
      name,
      `${name}+${id}`,
      `${name}+00000000+${base64}`,
      `another.example+${id}+${base64}`,
      `${name}+${id}+${base64.slice(0, -4)}`,
      `two words+${id}+${base64}`,
      `${name}+${id}+${unknownType.toString('base64')}`,
      `${name}+${id.toUpperCase()}+${base64}`,
    ]) {
      expect(E.isLeft(parseVerifierKey(line)), line).to.equal(true)
    }
  })
})

describe('a note', () => {
  it('is read and written as in the example of the specification', () => {
    const note = right(parseNote(EXAMPLE_NOTE))
    expect(note.text).to.equal('This is an example message.\n')
    expect(note.signatures.map(({ name, keyId }) => [name, keyId.toString('hex')])).to.deep.equal([
      ['example.com/foo', '530d903a'],
    ])
    expect(formatNote(note)).to.equal(EXAMPLE_NOTE)
  })

  it('may hold blank lines: its signatures follow on the last', () => {
    expect(right(parseNote(EXAMPLE_NOTE.replace('This', 'One\n\nThis'))).text).to.equal(
      'One\n\nThis is an example message.\n',
    )
  })

  it('is none, in words, where its form is another', () => {
    for (const text of [
      '',
      'text\n',
      'text\n\n',
      EXAMPLE_NOTE.slice(0, -1),
      EXAMPLE_NOTE.replace('\n\n', '\n'),
      EXAMPLE_NOTE.replace('\u2014', '-'),
      EXAMPLE_NOTE.replace('message', 'mes\tsage'),
      EXAMPLE_NOTE.replace('example.com/foo', 'two words'),
      EXAMPLE_NOTE.replace('aQM=', 'aQN='),
      `${EXAMPLE_NOTE}\n`,
      `${EXAMPLE_NOTE}${`${EXAMPLE_NOTE.split('\n')[2]}\n`.repeat(64)}`,
    ]) {
      expect(E.isLeft(parseNote(text)), JSON.stringify(text.slice(-60))).to.equal(true)
    }
  })
})

describe('a checkpoint', () => {
  it('is read as it was written', () => {
    const text = formatCheckpoint(CHECKPOINT)
    expect(text).to.equal(`${ORIGIN}\n17\n${CHECKPOINT.root.toString('base64')}\n`)
    expect(right(parseCheckpoint(text))).to.deep.equal(CHECKPOINT)
  })

  it('is none where size or root are none', () => {
    const [origin, , root] = formatCheckpoint(CHECKPOINT).split('\n')
    for (const [size, hash] of [
      ['017', root],
      ['-1', root],
      ['1e3', root],
      ['9007199254740992', root],
      ['17', root?.slice(0, -4)],
      ['17', ''],
    ]) {
      expect(E.isLeft(parseCheckpoint(`${origin}\n${size}\n${hash}\n`)), `${size}`).to.equal(true)
    }
    expect(E.isLeft(parseCheckpoint('\n17\n'))).to.equal(true)
  })

  it('is signed by the log, by the log once more for later, and by a witness, each told by its key', () => {
    const verified = right(verifyCheckpoint(signedBy(...SIGNERS), keysOf(...SIGNERS)))
    expect(verified.checkpoint).to.deep.equal(CHECKPOINT)
    expect(verified.signed.map(({ by, at }) => [by.name, by.type, at])).to.deep.equal([
      [ORIGIN, ED25519, null],
      [ORIGIN, ML_DSA_44_COSIGNATURE, AT],
      ['witness.example/w1', ED25519_COSIGNATURE, AT],
    ])
  })

  it('is of no worth without a signature by a key that is trusted, and passes over those of others', () => {
    expect(E.isLeft(verifyCheckpoint(signedBy(witness), keysOf(log)))).to.equal(true)
    expect(right(verifyCheckpoint(signedBy(witness, log), keysOf(log))).signed).to.have.length(1)
  })

  it('is of no worth where any bit of it is another', () => {
    const note = signedBy(...SIGNERS)
    const keys = keysOf(...SIGNERS)
    fc.assert(
      fc.property(fc.nat({ max: note.length - 1 }), fc.nat({ max: 6 }), (at, bit) => {
        const other = String.fromCharCode(note.charCodeAt(at) ^ (1 << bit))
        const tampered = note.slice(0, at) + other + note.slice(at + 1)
        const verified = verifyCheckpoint(tampered, keys)
        // A name or an id that is another makes it the signature of somebody else, who is not trusted.
        if (E.isRight(verified)) {
          expect(verified.right.checkpoint).to.deep.equal(CHECKPOINT)
          expect(verified.right.signed.length).to.be.lessThan(SIGNERS.length)
        }
      }),
      { numRuns: 2000 },
    )
  })

  it('is of no worth with lines that not every signature covers', () => {
    const text = `${formatCheckpoint(CHECKPOINT)}more\n`
    const note = formatNote({ text, signatures: [log.sign(CHECKPOINT, AT)] })
    expect(E.isLeft(verifyCheckpoint(note, keysOf(log)))).to.equal(true)
  })

  it('says how many users were erased where one of its signatures covers that', () => {
    const counting = { ...CHECKPOINT, erased: 12 }
    const text = `${formatCheckpoint(CHECKPOINT)}erased 12\n`
    expect(formatCheckpoint(counting)).to.equal(text)
    const noteBy = (...signers: readonly Signer[]): string =>
      formatNote({ text, signatures: signers.map(({ sign }) => sign(counting, AT)) })
    for (const signers of [[log], [log, logAfterwards], [witness]]) {
      expect(right(verifyCheckpoint(noteBy(...signers), keysOf(...signers))).checkpoint).to.deep.equal(counting)
    }
    const unsigned = verifyCheckpoint(noteBy(logAfterwards), keysOf(logAfterwards))
    expect(right(unsigned).checkpoint).to.deep.equal(CHECKPOINT)
    for (const wrong of ['erased 0', 'erased 012', 'erased -1', 'erased x', 'erased 12\nerased 12']) {
      const note = formatNote({
        text: `${formatCheckpoint(CHECKPOINT)}${wrong}\n`,
        signatures: [logAfterwards.sign(counting, AT)],
      })
      expect(E.isLeft(verifyCheckpoint(note, keysOf(logAfterwards))), wrong).to.equal(true)
    }
  })

  it('may be signed by a key that was read from a file', () => {
    const { privateKey } = generateKeyPairSync('ml-dsa-44')
    const read = createPrivateKey(privateKey.export({ format: 'pem', type: 'pkcs8' }))
    const one = signer(ORIGIN, ML_DSA_44_COSIGNATURE, read)
    expect(right(verifyCheckpoint(signedBy(one), keysOf(one))).signed).to.have.length(1)
  })
})
