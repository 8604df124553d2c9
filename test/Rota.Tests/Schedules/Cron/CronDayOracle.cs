namespace Rota.Tests.Schedules;

/// <summary>Special days of a Unix expression with a year, told plainly: look at each date in turn.</summary>
internal sealed class CronDayOracle
{
    private readonly List<Func<DateTime, bool>> _days = [];
    private readonly List<Func<DateTime, bool>> _weekdays = [];
    private readonly bool _isEither;

    private CronDayOracle(Random random)
    {
        var days = random.Next(4) == 0 ? "*" : string.Join(',', Items(random, Day, _days));
        var weekdays = random.Next(3) > 0 ? "*" : string.Join(',', Items(random, Weekday, _weekdays));
        _isEither = _days.Count > 0 && _weekdays.Count > 0;
        Text = $"0 0 0 {days} * {weekdays} *";
    }

    public string Text { get; }

    public static CronDayOracle Draw(Random random) => new(random);

    public bool Matches(DateTime date)
    {
        var (day, weekday) = (_days.Exists(fits => fits(date)), _weekdays.Exists(fits => fits(date)));
        return _isEither ? day || weekday : (day || _days.Count == 0) && (weekday || _weekdays.Count == 0);
    }

    private static IEnumerable<string> Items(
        Random random, Func<Random, (string, Func<DateTime, bool>)> draw, List<Func<DateTime, bool>> rules)
    {
        for (var count = random.Next(1, 4); count > 0; count--)
        {
            var (text, rule) = draw(random);
            rules.Add(rule);
            yield return text;
        }
    }

    public static (string Text, Func<DateTime, bool> Fits) Day(Random random)
    {
        var (day, back) = (random.Next(1, 32), random.Next(1, 31));
        return random.Next(6) switch
        {
            0 => ("L", date => date == Last(date)),
            1 => ($"L-{back}", date => date == Last(date).AddDays(-back)),
            2 => ("LW", date => date == Nearest(Last(date))),
            3 => ($"L-{back}W", date => Last(date).Day > back && date == Nearest(Last(date).AddDays(-back))),
            4 => ($"{day}W", date => date == Nearest(day > Last(date).Day ? Last(date) : First(date).AddDays(day - 1))),
            _ => ($"{day}", date => date.Day == day),
        };
    }

    public static (string Text, Func<DateTime, bool> Fits) Weekday(Random random) => Weekday(random, isNamed: false);

    /// <param name="isNamed">By its name only, which all dialects agree on.</param>
    public static (string Text, Func<DateTime, bool> Fits) Weekday(Random random, bool isNamed)
    {
        var (weekday, position) = (random.Next(8), random.Next(1, 6));
        var name = (DayOfWeek)(weekday % 7);
        var text = !isNamed && random.Next(2) == 0 ? $"{weekday}" : name.ToString()[..3].ToLowerInvariant();
        return random.Next(3) switch
        {
            0 => ($"{text}#{position}", date => date.DayOfWeek == name && (date.Day + 6) / 7 == position),
            1 => ($"{text}L", date => date.DayOfWeek == name && date.AddDays(7).Month != date.Month),
            _ => (text, date => date.DayOfWeek == name),
        };
    }

    /// <summary>The closest date of the same month that is no Saturday or Sunday.</summary>
    private static DateTime Nearest(DateTime date)
    {
        for (var distance = 0; ; distance++)
        {
            foreach (var near in new[] { date.AddDays(-distance), date.AddDays(distance) })
            {
                if (near.Month == date.Month && near.DayOfWeek is not (DayOfWeek.Saturday or DayOfWeek.Sunday))
                    return near;
            }
        }
    }

    private static DateTime First(DateTime date) => new(date.Year, date.Month, 1);

    private static DateTime Last(DateTime date) => First(date).AddMonths(1).AddDays(-1);
}
