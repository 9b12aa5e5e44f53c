import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import * as O from 'fp-ts/lib/Option.js'
import { documentedNames } from '../../src/sending/documentedWebhooks.ts'
import { canonicalise } from '../../src/webhooks/canonicalJson.ts'
import { verifySignature, webhookSecret } from '../../src/webhooks/signature.ts'
import { newDirectory } from '../support/newDirectory.ts'
import { documented } from '../support/webhooks/documentedWebhooks.ts'

const SECRET = 'treezor-test-secret'
const SECRETS = [webhookSecret(SECRET)]
const SCRIPT = new URL('./signatures.php', import.meta.url).pathname

/** One way of writing payloads that were signed as PHP writes them by default, over all of a run. */
export interface Way {
  /** Another text than the one that was signed. */
  differs: number
  verified: number
  /** PHP finds the same tokens in it, and its signature is not found good; or the other way round: whichever, in short. */
  readonly disagreements: string[]
  /** Signed as it was written itself, and not found good. */
  ownRefused: number
  /** The shortest that was refused. */
  refused: string | null
}

const verifies = (text: string, signature: string): boolean => O.isSome(verifySignature(text, signature, SECRETS))

interface Line {
  readonly signature: string
  readonly signed: string
  readonly ways: Readonly<Record<string, readonly [body: string, sameTokens: boolean, signature: string]>>
}

/** Has PHP write and sign so many payloads, and holds each against the verifier. `default` is what was signed itself. */
export const heldAgainstPhp = async (
  php: string,
  seed: number,
  count: number,
): Promise<{ readonly version: string; readonly ways: ReadonlyMap<string, Way> }> => {
  const file = join(newDirectory(), 'payloads.json')
  const payloads = documentedNames.map((name) => JSON.stringify(documented(name).object_payload))
  writeFileSync(file, JSON.stringify(payloads))
  const ways = new Map<string, Way>()
  const wayOf = (name: string): Way => {
    const way = ways.get(name) ?? { differs: 0, verified: 0, disagreements: [], ownRefused: 0, refused: null }
    ways.set(name, way)
    return way
  }
  const take = (signed: string, signature: string, name: string, body: string, same: boolean, own: string): void => {
    const way = wayOf(name)
    const isGood = verifies(body, signature)
    if (body !== signed) way.differs += 1
    if (isGood) way.verified += 1
    else if (body.length < (way.refused?.length ?? Number.POSITIVE_INFINITY)) way.refused = body
    if (isGood !== same) way.disagreements.push(body)
    if (!verifies(body, own)) way.ownRefused += 1
  }
  const child = spawn(php, ['-n', SCRIPT, file, SECRET, String(seed), String(count)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const ended = once(child, 'close')
  let lines = 0
  for await (const line of createInterface({ input: child.stdout })) {
    const { signature, signed, ways: told } = JSON.parse(line) as Line
    lines += 1
    take(signed, signature, 'default', signed, canonicalise(signed) === signed, signature)
    for (const [name, [body, same, own]] of Object.entries(told)) take(signed, signature, name, body, same, own)
  }
  const [code] = await ended
  if (code !== 0 || lines !== count) throw new Error(`PHP ended with ${code} after ${lines} of ${count} payloads`)
  const versionOf = spawn(php, ['-n', '-r', 'echo PHP_VERSION;'], { stdio: ['ignore', 'pipe', 'inherit'] })
  return { version: (await Array.fromAsync(versionOf.stdout)).join(''), ways }
}
