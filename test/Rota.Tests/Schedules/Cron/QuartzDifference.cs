namespace Rota.Tests.Schedules;

/// <summary>Why a run is not the one that Quartz has.</summary>
internal static class QuartzDifference
{
    public const string None = "are the same";
    public const string Skipped = "are left out in a gap, as the hour is every one, and run after it by Quartz";
    public const string Interval = "run once in a repeated hour, twice by Quartz, as a star, range or step is there";
    public const string Again = "have had their turn, and come again by Quartz when it is asked in the repeated hour";
    public const string List = "run twice in a repeated hour, as they do so often, once by Quartz, as it is a list";
    public const string Beyond = "are beyond the years that Quartz looks ahead";
    public const string Back = "are what Quartz has at or before the instant after which it was asked";
    public const string OddGap = "are after a gap that TimeZoneInfo.IsInvalidTime, which Quartz asks, does not know";
    public const string OddRepeat = "are repeats that TimeZoneInfo.IsAmbiguousTime, which Quartz asks, does not know";

    /// <summary>Quartz looks no further ahead than this.</summary>
    private const int YearsMax = 100;

    /// <summary>The reason, or null when the run is not the one of the rule, or nothing explains that of Quartz.
    /// </summary>
    public static string? Explain(
        QuartzReadings readings, TimeZoneInfo zone, DateTimeOffset after, DateTimeOffset? own, DateTimeOffset? other)
    {
        if (own != readings.Next(after, zone, readings.Ours))
            return IsBeyond(own, other) ? Beyond : null;
        if (own == other)
            return None;
        if (other <= after)
            return Back;
        if (OfRules(readings, zone, after, other) is { } reason)
            return reason;
        if (readings.FirstSkipped(after, zone) is { } skipped && other == OfOddGap(readings, zone, after, skipped))
            return OddGap;
        return own is { } at && !zone.IsAmbiguousTime((at + zone.GetUtcOffset(at)).DateTime)
            && other == readings.Next(after, zone, readings.Theirs with { RunsRepeated = false }) ? OddRepeat : null;
    }

    /// <summary>Whether Quartz finds none only as it looks no further ahead.</summary>
    public static bool IsBeyond(DateTimeOffset? own, DateTimeOffset? other) =>
        other is null && own?.Year > DateTimeOffset.UtcNow.Year + YearsMax;

    /// <summary>The one clause in which the rules differ that leads to what Quartz has; null when none does.</summary>
    private static string? OfRules(
        QuartzReadings readings, TimeZoneInfo zone, DateTimeOffset after, DateTimeOffset? other)
    {
        var (ours, theirs) = (readings.Ours, readings.Theirs);
        if (!ours.RunsRepeated && ZoneChanges.IsRepeated(zone, after.AddSeconds(1))
            && readings.Next(after, zone, ours with { RunsRepeated = true }) == other)
            return theirs.RunsRepeated ? Interval : Again;
        if (!ours.RunsSkipped && readings.Next(after, zone, ours with { RunsSkipped = true }) == other)
            return Skipped;
        if (ours.RunsRepeated == theirs.RunsRepeated
            || readings.Next(after, zone, ours with { RunsRepeated = theirs.RunsRepeated }) != other)
            return null;
        return ours.RunsRepeated ? List : Interval;
    }

    /// <summary>The run of a skipped reading, as Quartz sees it; where that would not lie behind the instant asked for,
    /// it goes on with the next reading.</summary>
    private static DateTimeOffset? OfOddGap(
        QuartzReadings readings, TimeZoneInfo zone, DateTimeOffset after, DateTime skipped)
    {
        var end = EndOfGap(skipped, zone);
        return end > after ? end : readings.Next(after, zone, readings.Theirs with { RunsSkipped = false });
    }

    /// <summary>Where a gap ends by TimeZoneInfo's answers about readings: wrong where a zone changes its base offset.
    /// </summary>
    private static DateTimeOffset EndOfGap(DateTime reading, TimeZoneInfo zone)
    {
        while (zone.IsInvalidTime(reading))
            reading = reading.AddSeconds(1);
        return new DateTimeOffset(reading, zone.GetUtcOffset(reading));
    }
}
