using QuartzCron = Quartz.CronExpression;

namespace Rota.Tests.Schedules;

/// <summary>Which readings of a clock fit an expression, by Quartz in universal time, where no clock is changed; and
/// from those its runs in a zone, by either system's rule for changes.</summary>
internal sealed class QuartzReadings
{
    private readonly QuartzCron _cron;
    private readonly string[] _fields;
    private readonly Lazy<ClockRule> _ours;
    private long _asked = long.MaxValue, _next;

    public QuartzReadings(string text)
    {
        _cron = new QuartzCron(text, TimeZoneInfo.Utc);
        _fields = text.Split(' ');
        _ours = new(FindOurs);
    }

    /// <summary>What docs/schedules.md says: of an hour that is every one nothing skipped runs, and it repeats, as does
    /// what runs several times an hour.</summary>
    public ClockRule Ours => _ours.Value;

    /// <summary>What the documentation of Quartz says: the skipped always runs; it repeats what is written as an
    /// interval, with a star, a range or a step, in the second, the minute or the hour.</summary>
    public ClockRule Theirs => new(RunsSkipped: true,
        RunsRepeated: _fields.Take(3).Any(part => part.AsSpan().ContainsAny('*', '-', '/')));

    /// <summary>The first run after an instant in a zone, by one rule; null where Quartz finds none.</summary>
    public DateTimeOffset? Next(DateTimeOffset after, TimeZoneInfo zone, ClockRule rule)
    {
        foreach (var change in ZoneChanges.Of(zone))
        {
            var (from, until) = (change - ZoneChanges.Around, change + ZoneChanges.Around);
            if (after >= until)
                continue;
            if (after < from)
            {
                var next = Steady(after, zone);
                if (next is null || next <= from)
                    return next;
                after = from;
            }

            if (IsNear(from, until, zone) && ZoneChanges.Clock(zone, change).First(after, rule, Fits) is { } run)
                return run;
            after = until;
        }

        return Steady(after, zone);
    }

    /// <summary>Of the first change that skips one that fits, after an instant: the first of them.</summary>
    public DateTime? FirstSkipped(DateTimeOffset after, TimeZoneInfo zone)
    {
        foreach (var change in ZoneChanges.Of(zone).Where(change => change > after))
        {
            var before = (change.AddSeconds(-1) + zone.GetUtcOffset(change.AddSeconds(-1))).DateTime;
            var skipped = NextReading(before.Ticks / TimeSpan.TicksPerSecond + 1) * TimeSpan.TicksPerSecond;
            if (skipped < (change + zone.GetUtcOffset(change)).DateTime.Ticks)
                return new DateTime(skipped.Value);
        }

        return null;
    }

    // Most changes have nothing near them, which one question tells.
    private bool IsNear(DateTimeOffset from, DateTimeOffset until, TimeZoneInfo zone)
    {
        var (first, last) = (from + zone.GetUtcOffset(from), until + zone.GetUtcOffset(until));
        return NextReading(first.DateTime.Ticks / TimeSpan.TicksPerSecond) is { } reading
            && reading <= Math.Max(first.DateTime.Ticks, last.DateTime.Ticks) / TimeSpan.TicksPerSecond;
    }

    // Where no change comes before the run.
    private DateTimeOffset? Steady(DateTimeOffset after, TimeZoneInfo zone)
    {
        var offset = zone.GetUtcOffset(after);
        var shown = new DateTimeOffset(after.UtcTicks + offset.Ticks, TimeSpan.Zero);
        return _cron.GetNextValidTimeAfter(shown) - offset;
    }

    private bool Fits(long reading)
    {
        if (reading < _asked || reading > _next)
            (_asked, _next) = (reading, NextReading(reading) ?? long.MaxValue);
        return reading == _next;
    }

    /// <summary>The first that fits at or after one, in seconds.</summary>
    private long? NextReading(long reading) =>
        _cron.GetNextValidTimeAfter(new DateTimeOffset((reading - 1) * TimeSpan.TicksPerSecond, TimeSpan.Zero))
            is { } next ? next.Ticks / TimeSpan.TicksPerSecond : null;

    private ClockRule FindOurs()
    {
        var hours = Count($"0 0 {_fields[2]} * * ?", TimeSpan.FromDays(1));
        var anHour = Count($"{_fields[0]} {_fields[1]} * * * ?", TimeSpan.FromHours(1));
        return new(RunsSkipped: hours < 24, RunsRepeated: hours == 24 || anHour > 1);
    }

    /// <summary>Of runs in the first such time of a day, at most 24.</summary>
    private static int Count(string text, TimeSpan within)
    {
        var cron = new QuartzCron(text, TimeZoneInfo.Utc);
        var day = new DateTimeOffset(2024, 1, 1, 0, 0, 0, TimeSpan.Zero);
        var count = 0;
        for (var next = cron.GetNextValidTimeAfter(day.AddTicks(-1)); next < day + within && count < 24; count++)
            next = cron.GetNextValidTimeAfter(next.Value);
        return count;
    }
}
