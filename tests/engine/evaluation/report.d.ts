// What the page finds in its own file.

type Scores = Record<string, number | null>;

interface CasePicture {
  name: string;
  width: number;
  height: number;
  /** The layers that the artist painted; null where nobody knows them. */
  truth: string[] | null;
  /** Engine -> role -> blend mode. */
  found: Record<string, Record<string, string>>;
}

interface MeasureTitle {
  group: string;
  title: string;
  digits: number;
  meaning: string;
  more_is_better: boolean;
}

declare const REPORT: {
  made_by: string;
  composition: string;
  /** Case -> width and height. */
  sizes: Record<string, [number, number]>;
  measures: Record<string, MeasureTitle>;
  mean_over: string[];
  /** Row -> psnr, ssim, lmse, mse. */
  recomposition: Record<string, Scores>;
  engines: Record<
    string,
    {
      /** null where the layers were found before. */
      options: Record<string, boolean | number | string> | null;
      mean: Scores;
      cases: Record<string, Scores>;
    }
  >;
  pictures: CasePicture[];
  failures: string[];
};
