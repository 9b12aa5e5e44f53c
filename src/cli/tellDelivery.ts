import { typeOf } from '../http/problemKinds.ts'
import type { Delivery } from '../sending/deliver.ts'
import { printable } from '../webhooks/printable.ts'
import { tellRefusal } from './tellRefusal.ts'

const WORDS: Readonly<Record<string, string>> = {
  appended: 'appended',
  duplicate: 'duplicate, it was known already',
  ignored: 'ignored: of a kind that is not followed',
  noted: 'noted: it has no payload',
  erased: 'not kept: whoever it speaks of was erased',
}

/** What came of a delivery, in words, and whether an event stands for it. */
export const tellDelivery = (delivery: Delivery): { readonly stands: boolean; readonly told: string } => {
  switch (delivery._tag) {
    case 'Taken': {
      const { outcome, events } = delivery
      const at = events.map(({ stream, revision }) => `${stream} @ ${revision}`).join(', ')
      const told = printable([WORDS[outcome] ?? outcome, ...(at === '' ? [] : [at])].join(': '))
      return { stands: ['appended', 'duplicate'].includes(outcome), told }
    }
    case 'Refused': {
      const { status, text } = delivery
      const told = tellRefusal(status, text)
      const hint = text.includes(typeOf('not-verified'))
        ? '; the service has another secret: sign with that (--secret)'
        : ''
      return { stands: false, told: `refused: ${told}${hint}` }
    }
    case 'NotTheService':
      return { stands: false, told: 'what answers there is not the service: check --to' }
    case 'NoAnswer':
      return {
        stands: false,
        told: 'the service does not answer: start it (npm start), or set --to to where it listens',
      }
    default:
      return delivery satisfies never
  }
}
