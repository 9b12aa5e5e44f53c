import { expect } from 'chai'
import { evidenceSection } from '../../../../src/http/page/user/evidenceSection.ts'
import type { UserPageSources } from '../../../../src/http/page/user/sources.ts'
import type { SealedCheckpoint } from '../../../../src/sealing/sealedLog.ts'
import { formatSignature } from '../../../../src/tlog/note.ts'
import { storedEvent, userId } from '../../../support/events/storedEvents.ts'
import { shownText } from '../../../support/page/shownText.ts'
import { day, user } from '../../../support/webhooks/plainWebhooks.ts'

/** A cosignature as far as its time goes: nobody checks it here. */
const cosignature = (name: string, seconds: number): string => {
  const signature = Buffer.alloc(72)
  signature.writeBigUInt64BE(BigInt(seconds))
  return formatSignature({ name, keyId: Buffer.from('00000001', 'hex'), signature })
}

const CHECKPOINT: SealedCheckpoint = {
  size: 12,
  root: Buffer.alloc(32, 7),
  signed: 'the-log\n12\nBwcH\n',
  cosignatures: '',
  timeStamp: null,
}

const shown = (
  sealed: { readonly latest: SealedCheckpoint | null; readonly fault?: string },
  isIncluded = false,
): string => {
  const sources = {
    sealed: { latest: () => sealed.latest, fault: () => sealed.fault ?? null },
    proofOf: () => (isIncluded ? 'proof' : null),
  } as unknown as UserPageSources
  const event = storedEvent(user('1', day(1)), { user: userId('42') })
  return shownText(evidenceSection(sources, userId('42'), event as never).toString())
}

describe('the evidence on the page of a user', () => {
  it('names the newest checkpoint, who has cosigned it and when, the last one first', () => {
    const cosignatures = [
      cosignature('witness.example/a', 1_780_000_000),
      cosignature('witness.example/b', 1_780_000_060),
      cosignature('witness.example/a', 1_780_000_120),
    ].join('')
    const text = shown({ latest: { ...CHECKPOINT, cosignatures } }, true)
    expect(text)
      .to.include(`12 events, root ${CHECKPOINT.root.toString('base64')}`)
      .and.to.include('Log the-log')
    expect(text).to.match(
      /Witnesses witness\.example\/a, on 2026-05-28 20:28:40 UTC witness\.example\/b, on 2026-05-28 20:27:40 UTC/,
    )
    expect(text).to.include('Newest event is in it')
  })

  it('says that no witness has seen it, and that the newest event is not in it yet', () => {
    const text = shown({ latest: CHECKPOINT })
    expect(text).to.include('no witness has cosigned it').and.to.include('Newest event is not shown to be in it yet')
    for (const cosignatures of ['no signature\n', '\u2014 witness.example/a AAAAAQ==\n'])
      expect(shown({ latest: { ...CHECKPOINT, cosignatures } })).to.include('no witness has cosigned it')
  })

  it('says that nothing can be proven yet, and why nothing is sealed', () => {
    expect(shown({ latest: null })).to.include('No checkpoint was made yet')
    expect(shown({ latest: CHECKPOINT, fault: 'the log is another one' })).to.include(
      'Nothing is sealed: the log is another one.',
    )
  })
})
