import { readFileSync } from 'node:fs'
import * as E from 'fp-ts/lib/Either.js'
import { deliver } from '../sending/deliver.ts'
import { documentedNames, documentedText } from '../sending/documentedWebhooks.ts'
import { FLOWS, newUserId } from '../sending/flows.ts'
import { play } from '../sending/play.ts'
import { signedWebhook } from '../sending/signedWebhook.ts'
import { type SendAsked, sendAsked } from './sendAsked.ts'
import { tellDelivery } from './tellDelivery.ts'
import { tellStatus } from './tellStatus.ts'

type Environment = Readonly<Record<string, string | undefined>>
type Asked<K extends SendAsked['kind']> = Extract<SendAsked, { readonly kind: K }>

const list = (): number => {
  console.log([...documentedNames, ...Object.keys(FLOWS).map((name) => `--flow ${name}`)].join('\n'))
  return 0
}

/** A documented webhook by its name, else what is in the file. */
const textOf = (what: string): string => {
  if (documentedNames.includes(what)) return documentedText(what)
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(readFileSync(what))
  } catch {
    throw new Error('neither a documented webhook (send --list names them) nor a file of text that can be read')
  }
}

const sendOne = async ({ what, service, secret, userId }: Asked<'one'>): Promise<number> => {
  const signed = signedWebhook(textOf(what), secret, userId)
  if (E.isLeft(signed)) throw new Error(signed.left)
  for (const remark of signed.right.remarks) console.error(remark)
  const { stands, told } = tellDelivery(await deliver(service, signed.right.body))
  if (!stands) throw new Error(told)
  console.log(told)
  return 0
}

const tellLife = async (asked: Asked<'flow'>, environment: Environment): Promise<number> => {
  const { service, secret, flow, pauseS } = asked
  const userId = asked.userId ?? newUserId()
  let isTold = false
  for await (const { name, tells, delivery } of play(flow, { service, secret, userId, pauseMs: pauseS * 1000 })) {
    const { stands, told } = tellDelivery(delivery)
    if (!stands || delivery._tag !== 'Taken') throw new Error(`${name}: ${told}`)
    if (!isTold) console.log(`user ${userId}, to be looked at: ${service}/users/${userId}`)
    isTold = true
    const status = await tellStatus(service, userId, delivery.events.at(-1)?.position ?? '', environment)
    console.log(`${new Date().toISOString().slice(11, 19)}  ${name.padEnd(26)}  ${tells.padEnd(48)}  -> ${status}`)
  }
  return 0
}

/** `send`: signs webhooks as the provider does, and delivers them. Gives the exit code; throws an `Error` that says why one was not taken. */
export const sendCommand = async (words: readonly string[], environment: Environment): Promise<number> => {
  const asked = sendAsked(words, environment)
  if (E.isLeft(asked)) {
    console.error(asked.left)
    return 2
  }
  switch (asked.right.kind) {
    case 'list':
      return list()
    case 'one':
      return sendOne(asked.right)
    case 'flow':
      return tellLife(asked.right, environment)
    default:
      return asked.right satisfies never
  }
}
