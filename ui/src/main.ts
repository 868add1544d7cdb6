// First, so that no library is evaluated before the locale is mended.
import './locale';
import { start } from './start';

void start(document.getElementById('app')!);
