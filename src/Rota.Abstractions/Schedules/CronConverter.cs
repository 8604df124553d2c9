namespace Rota.Schedules;

/// <summary>Says an expression in another dialect, from what it means and not from how it is written.</summary>
internal static class CronConverter
{
    public static CronConversion Convert(CronExpression cron, CronDialect to)
    {
        List<string> notes = [];
        var masks = CronDays.Simplify(cron.Masks);
        var text = to switch
        {
            CronDialect.Quartz => ToQuartz(masks, notes),
            CronDialect.ApScheduler => ToApScheduler(masks, notes),
            _ => ToUnix(masks, notes),
        };

        if (cron.UsesSpread)
            notes.Insert(0, $"H became its value, spread by '{cron.Spread}': it no longer follows the name.");
        if (!masks.AnyWeekday && masks.Weekdays != 0)
            notes.Add($"Weekdays are written by name: {First(cron.Dialect)}, but {First(to)}.");
        if (!masks.EveryHour)
            notes.Add(Gaps(to));
        return new CronConversion(CronExpression.Parse(text, to), notes);
    }

    private static string ToUnix(CronMasks masks, List<string> notes)
    {
        masks = CronDays.BlocksToPositions(masks);
        RefuseWeeks(masks, "unix");
        var (days, weekdays) = (CronWriter.Days(masks, !masks.EitherDay), CronWriter.Weekdays(masks, !masks.EitherDay));
        if (CronDays.NeedsBoth(masks))
        {
            // A star at the start of one of the fields is what makes unix need both.
            if (masks.PositionsAreDays || days[0] != '*' && StarOf(masks) is null)
            {
                throw Cannot(
                    "Unix cron runs on a day that fits the day of month or the day of week, and this needs both.",
                    "Keep one of the two fields, and let the job look at the other; or keep this dialect.");
            }

            if (days[0] != '*')
                weekdays = StarOf(masks)!;
            notes.Add("A day must fit both day fields only because one of them starts with '*'.");
        }

        var text = $"{Minutes(masks)} {Hours(masks)} {days} {Months(masks)} {weekdays}";
        if (masks.Seconds != 1 || masks.Years is not null)
        {
            text = $"{CronWriter.Numbers(masks.Seconds, 0, 59)} {text}";
            notes.Add("Seconds stand in front, which cron itself does not read.");
        }

        return masks.Years is null ? text : $"{text} {CronWriter.Years(masks.Years)}";
    }

    private static string ToQuartz(CronMasks masks, List<string> notes)
    {
        masks = CronDays.BlocksToPositions(masks);
        RefuseWeeks(masks, "quartz");
        if (CronDays.NeedsBoth(masks))
        {
            throw Cannot("Quartz runs on a day that fits the day of month or the day of week, and this needs both.",
                "Keep one of the two fields, and let the job look at the other; or keep this dialect.");
        }

        if (masks.Positions != 0 && (masks.Weekdays != 0 || !ulong.IsPow2(masks.Positions)))
            throw Cannot("Quartz reads one weekday with '#' or 'L', and no list of them.", "Make a schedule for each.");

        var weekdays = masks.AnyWeekday ? "?" : CronWriter.Weekdays(masks, mayStar: true).ToUpperInvariant();
        var days = weekdays != "?" && !masks.EitherDay ? "?" : CronWriter.Days(masks, mayStar: true);
        if (masks.EitherDay)
        {
            notes.Add("A day that fits one of the day fields is enough in Quartz.NET 4; older ones refuse to read "
                + "this.");
        }

        var seconds = CronWriter.Numbers(masks.Seconds, 0, 59);
        var text = $"{seconds} {Minutes(masks)} {Hours(masks)} {days} {Months(masks)} {weekdays}";
        return masks.Years is null ? text : $"{text} {CronWriter.Years(masks.Years)}";
    }

    private static string ToApScheduler(CronMasks masks, List<string> notes)
    {
        if ((masks.NearDays | masks.LastNearDays | (masks.LastDays & ~1u)) != 0)
        {
            throw Cannot("APScheduler knows the last day of a month, but none counted from it and no nearest weekday.",
                "Write 'last' or the days themselves.");
        }

        var wasEither = masks.EitherDay;
        masks = CronDays.WeekdaysToPositions(masks);
        if (masks.Positions != 0 && !masks.PositionsAreDays)
        {
            throw Cannot("APScheduler counts weekdays in the day field, which already says other days.",
                "Keep one of the two fields, and let the job look at the other.");
        }

        if (wasEither)
            notes.Add("APScheduler needs a day to fit every field, so all days stand in one of them.");
        var day = CronWriter.NamedDays(masks);
        var weekdays = CronWriter.WeekdaysFromMonday(masks.Weekdays);
        if (masks.Seconds == 1 && masks.Years is null && masks.Weeks == CronMasks.AllWeeks && !day.Contains(' '))
            return $"{Minutes(masks)} {Hours(masks)} {day} {Months(masks)} {weekdays}";
        return Pairs(masks, day, weekdays);
    }

    /// <summary>Fields with a value. What is left out is <c>*</c>; at the end, a time of 0 need not be written.
    /// </summary>
    private static string Pairs(in CronMasks masks, string day, string weekdays)
    {
        List<(string Name, string Value)> fields =
        [
            ("year", CronWriter.Years(masks.Years)), ("month", Months(masks)), ("day", day),
            ("week", CronWriter.Numbers(masks.Weeks, 1, 53)), ("day_of_week", weekdays), ("hour", Hours(masks)),
            ("minute", Minutes(masks)), ("second", CronWriter.Numbers(masks.Seconds, 0, 59)),
        ];

        // The last pair must stand before everything that is not to be its minimum.
        var needed = fields.Count;
        while (needed > 1 && fields[needed - 1] is { Name: "hour" or "minute" or "second", Value: "0" }
            && (fields[needed - 2].Value != "*" || needed == 6 && day != "*"))
            needed--;
        var written = fields.Take(needed).Where(field => field.Value != "*").ToList();
        if (needed == fields.Count && fields[^1].Value == "*")
            written.Add(fields[needed - 1]);
        return string.Join(' ', written.Select(field =>
            field.Value.Contains(' ') ? $"{field.Name}='{field.Value}'" : $"{field.Name}={field.Value}"));
    }

    private static string Minutes(in CronMasks masks) => CronWriter.Numbers(masks.Minutes, 0, 59);

    private static string Hours(in CronMasks masks) => CronWriter.Numbers(masks.Hours, 0, 23);

    private static string Months(in CronMasks masks) => CronWriter.Numbers(masks.Months, 1, 12);

    /// <summary>The steps from Sunday on that a star can say, or null.</summary>
    private static string? StarOf(in CronMasks masks)
    {
        for (var step = 2; step <= 7 && masks.Positions == 0; step++)
        {
            if (CronField.Unix[5].Bits(0, 6, step) == masks.Weekdays)
                return $"*/{step}";
        }

        return null;
    }

    private static void RefuseWeeks(in CronMasks masks, string dialect)
    {
        if (masks.Weeks != CronMasks.AllWeeks)
        {
            throw Cannot($"The dialect {dialect} has no field for weeks of the year.",
                "Write months and days instead, or keep this dialect.");
        }
    }

    private static string First(CronDialect dialect) => dialect switch
    {
        CronDialect.Quartz => "1 is Sunday in quartz",
        CronDialect.ApScheduler => "0 is Monday in apscheduler",
        _ => "0 and 7 are Sunday in unix",
    };

    private static string Gaps(CronDialect dialect) => dialect switch
    {
        CronDialect.Quartz => "A local time that the clock skips runs right after the gap, as with Quartz.NET 4; older "
            + "ones shift it by the gap, 02:30 to 03:30.",
        CronDialect.ApScheduler => "A local time that comes twice runs once here; APScheduler itself runs it twice, "
            + "and a skipped one shifted by the gap.",
        _ => "A local time that the clock skips runs right after the gap here; other crons may leave it out.",
    };

    private static InvalidFieldException Cannot(string why, string instead) => new("to", why, instead);
}
