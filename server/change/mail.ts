/** Mails as the lists send them, read down to the bytes of their text. */
import PostalMime from 'postal-mime';

/** One mail, as far as a patch is concerned. */
export interface Mail {
  readonly subject: string;
  readonly messageId: string;
  /** Sending time in milliseconds, 0 where it is not known. */
  readonly time: number;
  /** Its text and attached patches as UTF-8 bytes in latin1, with plain line ends. */
  readonly body: string;
}

const FROM_LINE = /^From \S+.*\d{2}:\d{2}:\d{2}.*$/;

/** True for what looks like a mail or an mbox, not like a bare diff. */
export function isMail(text: string): boolean {
  const first = text.slice(0, text.search(/\r?\n/) + 1 || undefined).trimEnd();
  return FROM_LINE.test(first) || /^[\w-]+:[ \t]/.test(first);
}

/** Splits an mbox into its mails; a single mail is one. Bytes as latin1. */
export function splitMbox(text: string): string[] {
  const lines = text.split('\n');
  const mails: string[] = [];
  let start = 0;
  for (const [at, line] of lines.entries()) {
    // A mail's first line follows an empty one, or the text would not be an mbox.
    const begins = FROM_LINE.test(line.trimEnd()) && (at === 0 || lines[at - 1]!.trim() === '');
    if (!begins || at === start) continue;
    mails.push(lines.slice(start, at).join('\n'));
    start = at;
  }
  mails.push(lines.slice(start).join('\n'));
  return mails.filter((mail) => mail.trim() !== '').map((mail) => mail.replace(/^From [^\n]*\n/, ''));
}

/**
 * Reads a mail: headers, and the text of its parts after their transfer encoding (base64, quoted-printable).
 * @param raw the mail's bytes as latin1
 */
export async function readMail(raw: string): Promise<Mail> {
  const email = await PostalMime.parse(Buffer.from(raw, 'latin1'), { attachmentEncoding: 'arraybuffer' });
  const time = Date.parse(email.date ?? '');
  // A patch may be attached; its bytes are then as the author's disk had them.
  const attached = email.attachments
    .filter(
      ({ mimeType, filename }) =>
        /^text\/x-(?:patch|diff)$/.test(mimeType) || /\.(?:patch|diff)$/i.test(filename ?? ''),
    )
    .map(({ content }) => Buffer.from(content as ArrayBuffer).toString('latin1'));
  // The kernel's files are UTF-8, whatever a mail program made of them on the way.
  const text = Buffer.from(email.text ?? '', 'utf8').toString('latin1');
  return {
    subject: (email.subject ?? '').replace(/\s+/g, ' ').trim(),
    messageId: email.messageId ?? '',
    time: Number.isNaN(time) ? 0 : time,
    body: [text, ...attached].join('\n').replaceAll('\r\n', '\n'),
  };
}
