namespace Rota.Schedules;

/// <summary>What a calendar trigger counts.</summary>
public enum CalendarUnit
{
    Days,
    Weeks,
    Months,
    Years,
}

/// <summary>What becomes of a day that a month does not have.</summary>
public enum MonthEnd
{
    /// <summary>That month is left out: <c>skip</c>.</summary>
    Skip,

    /// <summary>The last day of the month stands for it: <c>last</c>.</summary>
    Last,
}

/// <summary>Runs every so many days, weeks, months or years, at a time of the clock.</summary>
/// <param name="Every">1 to 1,000.</param>
/// <param name="From">The first date; the others follow from it, and so does their day.</param>
/// <param name="Time">Of the clock of the zone.</param>
/// <param name="Zone">IANA name.</param>
/// <remarks>A time that the clock repeats runs once, the first time.</remarks>
/// <exception cref="InvalidFieldException"><c>calendar</c> or <c>zone</c>.</exception>
public sealed record CalendarTrigger(int Every, CalendarUnit Unit, DateOnly From, TimeOnly Time, string Zone) : Trigger
{
    public const int EveryMax = 1_000;

    // The 29th of February comes back after eight years at most, and after so many steps of any number of years.
    private const int MissesMax = 2_000;

    private readonly TimeZoneInfo _zone = TimeZones.Find(Zone);

    public int Every { get; } = Every is >= 1 and <= EveryMax
        ? Every
        : throw new InvalidFieldException("calendar", $"{Every} is not from 1 to {EveryMax:N0}.",
            "Write for example 2 weeks or 1 month.");

    public string Zone { get; } = Zone;

    /// <summary>What becomes of a time that the clock skips. Default: it runs right after the gap.</summary>
    public GapRule Gap { get; init; }

    /// <summary>What becomes of a day that a month does not have. Default: that month is left out.</summary>
    public MonthEnd MonthEnd { get; init; }

    internal override DateTimeOffset? FindNext(DateTimeOffset after)
    {
        foreach (var reading in Readings(TimeZoneInfo.ConvertTime(after, _zone).DateTime))
        {
            if (CronClock.InstantOf(reading, _zone, Gap) is { } at && at > after)
                return at;
        }
        return null;
    }

    private protected override string? FindNote(DateTimeOffset at, DateTimeOffset? before)
    {
        var since = TimeZoneInfo.ConvertTime(before ?? at.AddTicks(-1), _zone).DateTime;
        var expected = Readings(since).Where(reading => reading > since).Select(reading => reading.Ticks);
        return CronRuns.Note(expected.FirstOrDefault(-1), at, _zone,
            runsSkipped: Gap == GapRule.Run, repeats: false, isAlone: before is null);
    }

    /// <summary>When it runs by the clock of its zone, in order, from a little before a reading on.</summary>
    private IEnumerable<DateTime> Readings(DateTime around)
    {
        var first = Math.Max(0, StepsUntil(DateOnly.FromDateTime(around)) - 1);
        for (var step = first; step < first + MissesMax && TryDate(step, out var date); step++)
        {
            if (date is { } day)
                yield return day.ToDateTime(Time);
        }
    }

    private long StepsUntil(DateOnly date) => (Unit switch
    {
        CalendarUnit.Days => date.DayNumber - From.DayNumber,
        CalendarUnit.Weeks => (date.DayNumber - From.DayNumber) / 7,
        CalendarUnit.Months => Months(date) - Months(From),
        _ => date.Year - From.Year,
    }) / Every;

    private static int Months(DateOnly date) => date.Year * 12 + date.Month - 1;

    /// <param name="date">Null when that step has no such day.</param>
    /// <returns>False behind the end of the calendar.</returns>
    private bool TryDate(long step, out DateOnly? date)
    {
        date = null;
        var count = step * Every;
        if (Unit is CalendarUnit.Days or CalendarUnit.Weeks)
        {
            var day = From.DayNumber + count * (Unit == CalendarUnit.Days ? 1 : 7);
            if (day > DateOnly.MaxValue.DayNumber)
                return false;
            date = DateOnly.FromDayNumber((int)day);
            return true;
        }

        var (year, month) = Math.DivRem(Months(From) + count * (Unit == CalendarUnit.Months ? 1 : 12), 12);
        if (year > DateOnly.MaxValue.Year)
            return false;
        var days = DateTime.DaysInMonth((int)year, (int)month + 1);
        if (From.Day <= days || MonthEnd == MonthEnd.Last)
            date = new DateOnly((int)year, (int)month + 1, Math.Min(From.Day, days));
        return true;
    }

    public override string? ClockChanges => ReferenceEquals(_zone, TimeZoneInfo.Utc) ? null
        : TellClockChanges(skips: Gap == GapRule.Skip, repeats: false);

    private protected override string DescribeTimes()
    {
        var unit = Unit.ToString().ToLowerInvariant();
        var every = Every == 1 ? $"Every {unit[..^1]}" : $"Every {Every} {unit}";
        return $"{every} at {Time:HH:mm:ss} from {From:yyyy-MM-dd} on ({Zone})";
    }
}
