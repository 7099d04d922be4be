import { describe, expect, it } from 'vitest';
import { read } from './read.ts';

const SOURCE = `#define EX(n)							\\
static struct spi_driver n##_spi = { .probe = n##_probe }

#ifdef CONFIG_A
static int probe(struct platform_device *pdev)
{
	return go(pdev);
}
#endif

EX(one);
static struct platform_driver d = {
#ifdef CONFIG_PM
	.shutdown = s,
#endif
	.probe = probe,
};
`;

describe('texts as they come', () => {
  it('with CRLF line ends say the same as with LF', () => {
    expect(read(SOURCE.replaceAll('\n', '\r\n'))).toEqual(read(SOURCE));
  });

  it('without a final newline, with a byte order mark, with form feeds', () => {
    const plain = read(SOURCE);
    expect(read(SOURCE.trimEnd()).instances).toEqual(plain.instances);
    expect(read(`\ufeff\n${SOURCE}`).instances.map(({ name }) => name)).toEqual(['d']);
    expect(read(`\f\n${SOURCE}`).instances.map(({ name }) => name)).toEqual(['d']);
  });

  it('of latin1 bytes: columns count bytes, nothing is lost', () => {
    const text = '/* M\xfcller, \xa9 */ static struct pci_driver d = { .probe = p };\n';
    expect(read(text).instances).toMatchObject([{ name: 'd', line: 1, column: text.indexOf('d =') + 1 }]);
    // The same bytes are no UTF-8: read so, every broken byte is a replacement character.
    const broken = Buffer.from(text, 'latin1').toString('utf8');
    expect(broken).toContain('\ufffd');
    expect(read(broken).instances).toMatchObject([{ name: 'd', line: 1 }]);
  });

  it('of UTF-16 from an editor: columns count code units', () => {
    const text = '/* \u{1f600} */ static struct pci_driver d = { .probe = p };';
    expect(read(text).instances).toMatchObject([{ name: 'd', column: text.indexOf('d =') + 1 }]);
  });

  it('that are empty, blank, binary or no C at all give facts', () => {
    const nothing = read('');
    expect(nothing.instances).toEqual([]);
    expect(nothing.damage).toEqual([]);
    expect(read(' \n\t\n').functions).toEqual([]);
    expect(read('\x7fELF\x02\x01\x01\0\0\0'.repeat(100)).instances).toEqual([]);
    expect(read('<html><body>not C</body></html>').instances).toEqual([]);
  });

  it('with one line of a megabyte are read', () => {
    const row = '{ 0x1234, 0x5678, "name", CONSTANT },';
    const text = `static const struct row t[] = { ${row.repeat(30_000)} };\nstatic struct pci_driver d = { .probe = p };\n`;
    expect(text.indexOf('\n')).toBeGreaterThan(1_000_000);
    const started = performance.now();
    expect(read(text).instances).toMatchObject([{ name: 'd', line: 2 }]);
    expect(performance.now() - started).toBeLessThan(20_000);
  });
});
