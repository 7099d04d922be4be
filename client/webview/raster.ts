/** A picture in SVG as PNG, twice as large for sharp screens. */

/** @returns base64 of the PNG. @throws Error where the browser cannot read the picture */
export async function pngOf(svg: string): Promise<string> {
  const url = URL.createObjectURL(new Blob([svg], { type: 'image/svg+xml' }));
  try {
    const image = new Image();
    image.src = url;
    await image.decode();
    const canvas = document.createElement('canvas');
    canvas.width = image.naturalWidth * 2;
    canvas.height = image.naturalHeight * 2;
    canvas.getContext('2d')!.drawImage(image, 0, 0, canvas.width, canvas.height);
    return canvas.toDataURL('image/png').replace(/^data:.*?,/, '');
  } finally {
    URL.revokeObjectURL(url);
  }
}
