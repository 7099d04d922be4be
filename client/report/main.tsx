/** The page of `quiesce check --format html`: reads the JSON that is in it and shows it. */
import { render } from 'preact';
import type { PageData } from '../../server/report/html/data.ts';
import { App } from './app.tsx';
import './style.css';

const data = JSON.parse(document.getElementById('data')!.textContent!) as PageData;
render(<App data={data} />, document.getElementById('page')!);
