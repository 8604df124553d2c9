namespace Rota.Tests.Schedules;

/// <summary>A Unix expression with seconds, and its meaning told plainly: look at each second in turn.</summary>
internal sealed class CronSecondsOracle
{
    private readonly bool[][] _allowed = new bool[6][];

    private CronSecondsOracle(Random random)
    {
        (int First, int Last)[] ranges = [(0, 59), (0, 59), (0, 23), (1, 31), (1, 12), (0, 6)];
        Text = string.Join(' ', ranges.Select((range, field) => Draw(random, range.First, range.Last, field)));
    }

    public string Text { get; }

    public static CronSecondsOracle Draw(Random random) => new(random);

    /// <param name="back">How far back to look, so that a repeated time is known as one.</param>
    public DateTimeOffset? Next(
        DateTimeOffset after, DateTimeOffset limit, TimeSpan back, TimeZoneInfo zone, bool skipsGaps)
    {
        var everyHour = _allowed[2].All(is_ => is_);
        var isOften = _allowed[0].Count(is_ => is_) * _allowed[1].Count(is_ => is_) > 1;
        var utc = new DateTimeOffset(after.UtcTicks / TimeSpan.TicksPerSecond * TimeSpan.TicksPerSecond, TimeSpan.Zero);
        utc -= back;
        var shown = utc.DateTime + zone.GetUtcOffset(utc);
        var latest = shown;
        for (utc = utc.AddSeconds(1); utc <= limit; utc = utc.AddSeconds(1))
        {
            var now = utc.DateTime + zone.GetUtcOffset(utc);
            var isSkipped = false;
            for (shown = shown.AddSeconds(1); shown < now; shown = shown.AddSeconds(1))
                isSkipped |= Matches(shown) && !everyHour && !skipsGaps;

            shown = now;
            var isRepeated = now <= latest;
            latest = isRepeated ? latest : now;
            if (utc > after && (isSkipped || Matches(now) && (everyHour || isOften || !isRepeated)))
                return utc;
        }

        return null;
    }

    private bool Matches(DateTime shown)
    {
        var (day, weekday) = (_allowed[3][shown.Day], _allowed[5][(int)shown.DayOfWeek]);
        return _allowed[0][shown.Second] && _allowed[1][shown.Minute] && _allowed[2][shown.Hour]
            && _allowed[4][shown.Month] && (IsEither ? day || weekday : day && weekday);
    }

    private bool IsEither => Text.Split(' ') is var fields && fields[3][0] != '*' && fields[5][0] != '*';

    /// <summary>Days and months are mostly open, or hardly anything would ever run.</summary>
    private string Draw(Random random, int first, int last, int field)
    {
        var allowed = _allowed[field] = new bool[last + 1];
        if (field >= 3 && random.Next(3) > 0)
        {
            Array.Fill(allowed, true, first, last - first + 1);
            return "*";
        }

        var (from, to) = (random.Next(first, last + 1), random.Next(first, last + 1));
        if (field == 2)
            (from, to) = (random.Next(4), random.Next(4)); // when clocks are changed
        var step = random.Next(1, last / 2 + 1);
        (string text, from, to, step) = random.Next(5) switch
        {
            0 => ("*", first, last, 1),
            1 => ($"*/{step}", first, last, step),
            2 => ($"{from}-{to}", from, to, 1),
            3 => ($"{from}-{to}/{step}", from, to, step),
            _ => ($"{from}", from, from, 1),
        };
        for (var (value, left) = (from, 0); ; value = value == last ? first : value + 1, left--)
        {
            if (left == 0)
                (allowed[value], left) = (true, step);
            if (value == to)
                return text;
        }
    }
}
