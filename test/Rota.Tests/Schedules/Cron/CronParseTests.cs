using Rota.Schedules;
using Xunit;

namespace Rota.Tests.Schedules;

public sealed class CronParseTests
{
    private const string Digits = "0123456789";

    [Theory]
    [InlineData("", 1, "The expression is empty")]
    [InlineData("   ", 4, "The expression is empty")]
    [InlineData("* * * *", 8, "The day of week is missing after 4 of 5 fields")]
    [InlineData("0 9", 4, "The day of month is missing after 2 of 5 fields")]
    [InlineData("0 0 0 0 * *", 7, "The day of month 0 is not from 1 to 31")]
    [InlineData("* * * * * * * *", 15, "The expression has more than seven fields")]
    [InlineData("60 * * * * *", 1, "The second 60 is not from 0 to 59")]
    [InlineData("0 0 0 1 1 * 1969", 13, "The year 1969 is not from 1970 to 2199")]
    [InlineData("0 0 0 1 1 * 2200", 13, "The year 2200 is not from 1970 to 2199")]
    [InlineData("0 0 0 1 1 * 2030-2026", 13, "The range of the year goes backwards")]
    [InlineData("0 0 0 1 1 * H", 13, "H cannot stand here in the year")]
    [InlineData("? * * * *", 1, "The minute cannot be or contain '?'")]
    [InlineData("0 0 ?/2 * *", 6, "'/' cannot stand here in the day of month")]
    [InlineData("0 0 L-31 * *", 7, "31 days before the last one is not from 0 to 30")]
    [InlineData("0 0 1-5W * *", 8, "'W' cannot stand here in the day of month")]
    [InlineData("0 0 * * fri#6", 13, "The position 6 of the day of week is not from 1 to 5")]
    [InlineData("0 0 * * fri#", 13, "The position of the day of week is missing")]
    [InlineData("0 0 * * L", 9, "'L' is no day of week")]
    [InlineData("H(5) * * * *", 4, "The range of H in the minute has no '-'")]
    [InlineData("H(5-9 * * * *", 6, "The range of H in the minute has no ')'")]
    [InlineData("H(9-5) * * * *", 4, "The range of H in the minute goes backwards")]
    [InlineData("H(0-60) * * * *", 5, "The minute 60 is not from 0 to 59")]
    [InlineData("H/0 * * * *", 3, "The step 0 of the minute is not from 1 to 59")]
    [InlineData("Hx * * * *", 2, "'x' cannot stand here in the minute")]
    [InlineData("60 * * * *", 1, "The minute 60 is not from 0 to 59")]
    [InlineData("99999999999 * * * *", 1, "The minute 99999999999 is not from 0 to 59")]
    [InlineData("0 24 * * *", 3, "The hour 24 is not from 0 to 23")]
    [InlineData("0 9-24 * * *", 5, "The hour 24 is not from 0 to 23")]
    [InlineData("0 0 0 * *", 5, "The day of month 0 is not from 1 to 31")]
    [InlineData("0 0 32 * *", 5, "The day of month 32 is not from 1 to 31")]
    [InlineData("0 0 1 13 *", 7, "The month 13 is not from 1 to 12")]
    [InlineData("0 0 * * 8", 9, "The day of week 8 is not from 0 to 7")]
    [InlineData("*/0 * * * *", 3, "The step 0 of the minute is not from 1 to 59")]
    [InlineData("*/60 * * * *", 3, "The step 60 of the minute is not from 1 to 59")]
    [InlineData("*/ * * * *", 3, "The step of the minute is missing")]
    [InlineData("*/x * * * *", 3, "The step of the minute cannot be or contain 'x'")]
    [InlineData("1- * * * *", 3, "The minute is missing")]
    [InlineData("1,,2 * * * *", 3, "The minute cannot be or contain ','")]
    [InlineData("1, * * * *", 3, "The minute is missing")]
    [InlineData("-1 * * * *", 1, "The minute cannot be or contain '-'")]
    [InlineData("1-2-3 * * * *", 4, "'-' cannot stand here in the minute")]
    [InlineData("*5 * * * *", 2, "'5' cannot stand here in the minute")]
    [InlineData("5* * * * *", 2, "'*' cannot stand here in the minute")]
    [InlineData("mon * * * *", 1, "The minute cannot be or contain 'm'")]
    [InlineData("0 9 * * mon-fry", 13, "'fry' is no day of week")]
    [InlineData("0 9 * monday *", 7, "'monday' is no month")]
    [InlineData("0 9 * * Montag", 9, "'Montag' is no day of week")]
    [InlineData("  0\t24 * * *", 5, "The hour 24 is not from 0 to 23")]
    [InlineData("@reboot", 1, "'@reboot' is not known")]
    [InlineData(" @daily 5", 2, "'@daily 5' is not known")]
    [InlineData("0 ٣ * * *", 3, "The hour cannot be or contain '٣'")]
    public void Says_what_is_wrong_and_where(string text, int position, string what)
    {
        var error = Assert.Throws<InvalidFieldException>(() => CronExpression.Parse(text, field: "schedule.cron"));

        Assert.Equal("schedule.cron", error.Field);
        Assert.Equal($"{what}, at position {position}.", error.Message);
        var lines = error.Hint!.Split('\n');
        Assert.Equal(3, lines.Length);
        Assert.Equal(text.Replace('\t', ' '), lines[1]);
        Assert.Equal(new string(' ', position - 1) + '^', lines[2]);
        Assert.False(CronExpression.TryParse(text, out var cron));
        Assert.Null(cron);
    }

    [Fact]
    public void A_text_of_over_1000_characters_is_refused_without_being_repeated()
    {
        var text = string.Concat(Enumerable.Repeat(Digits, 101));

        var error = Assert.Throws<InvalidFieldException>(() => CronExpression.Parse(text));

        Assert.Equal("cron", error.Field);
        Assert.Equal("The expression has 1010 characters, over 1000.", error.Message);
        Assert.DoesNotContain(Digits, error.Hint);
    }

    [Fact]
    public void All_values_of_all_fields_listed_are_accepted()
    {
        static string List(int first, int count) => string.Join(',', Enumerable.Range(first, count));
        var text = $"{List(0, 60)} {List(0, 60)} {List(0, 24)} {List(1, 31)} {List(1, 12)} {List(0, 8)}";

        Assert.Equal("Every second", CronExpression.Parse(text).Describe());
    }

    [Theory]
    [InlineData("  0\t9   *  * MON-fri ", "0 9 * * MON-fri")]
    [InlineData(" @Daily ", "@Daily")]
    public void Keeps_the_text_as_written_but_for_spaces(string text, string kept)
    {
        var cron = CronExpression.Parse(text);

        Assert.Equal(kept, cron.ToString());
        Assert.Equal(cron, CronExpression.Parse(kept));
        Assert.Equal(cron.GetHashCode(), CronExpression.Parse(kept).GetHashCode());
    }

    [Theory]
    [InlineData("* * * * *", "Every minute")]
    [InlineData("*/15 * * * *", "Every 15 minutes")]
    [InlineData("0,30 * * * *", "Every 30 minutes")]
    [InlineData("@hourly", "Every hour")]
    [InlineData("5 * * * *", "At minute 5 of every hour")]
    [InlineData("5,20 * * * *", "At minutes 5 and 20 of every hour")]
    [InlineData("*/7 * * * *", "At minutes 0, 7, 14, 21, 28, 35, 42, 49 and 56 of every hour")]
    [InlineData("0 */2 * * *", "Every 2 hours")]
    [InlineData("5 */2 * * *", "At minute 5 of every 2nd hour")]
    [InlineData("0 9-17 * * mon-fri", "Every hour from 09:00 to 17:00, Monday to Friday")]
    [InlineData("*/15 9-17 * * 1-5", "Every 15 minutes of the hours 9 to 17, Monday to Friday")]
    [InlineData("0 9 * * 1-5", "At 09:00, Monday to Friday")]
    [InlineData("0 9 * * *", "At 09:00, every day")]
    [InlineData("0,30 9,17 * * *", "At 09:00, 09:30, 17:00 and 17:30, every day")]
    [InlineData("@weekly", "At 00:00, Sunday")]
    [InlineData("@monthly", "At 00:00, on day 1 of the month")]
    [InlineData("@yearly", "At 00:00, on day 1 of the month, in January")]
    [InlineData("0 0 1,15 * mon", "At 00:00, on days 1 and 15 of the month or on Monday")]
    [InlineData("0 0 13 * */5", "At 00:00, on day 13 of the month if it is Sunday and Friday")]
    [InlineData("0 0 * jun-aug sat,sun", "At 00:00, Sunday and Saturday, in June to August")]
    [InlineData("0 0 * 2 *", "At 00:00, in February")]
    public void Describes_in_plain_English(string text, string described) =>
        Assert.Equal(described, CronExpression.Parse(text).Describe());

    [Theory]
    [InlineData("30 0 9 LW * *", CronDialect.Unix, "At 09:00:30, on the last weekday of the month")]
    [InlineData("0 9 * * fri#2", CronDialect.Unix, "At 09:00, on the second Friday")]
    [InlineData("0 9 15W,L-3,L * *", CronDialect.Unix, "At 09:00, on the weekday nearest day 15, the last day of the "
        + "month and the day 3 days before the last of the month")]
    [InlineData("0 0 1 * friL", CronDialect.Unix, "At 00:00, on day 1 of the month or on the last Friday")]
    [InlineData("*/10 * * * * *", CronDialect.Unix, "Every 10 seconds")]
    [InlineData("* * * * * *", CronDialect.Unix, "Every second")]
    [InlineData("5 * * * * *", CronDialect.Unix, "At second 5 of every minute")]
    [InlineData("5,10 30 * * * *", CronDialect.Unix, "At seconds 5 and 10 of minute 30 of every hour")]
    [InlineData("*/10 */5 9-17 * * 1-5", CronDialect.Unix,
        "Every 10 seconds of every 5th minute of the hours 9 to 17, Monday to Friday")]
    [InlineData("* 30 9 * * *", CronDialect.Unix, "Every second of minute 30 of the hour 9")]
    [InlineData("0 0 12 1 1 ? 2026-2028,2030", CronDialect.Quartz,
        "At 12:00, on day 1 of the month, in January, in 2026 to 2028 and 2030")]
    [InlineData("0 0 9 ? * 2#1", CronDialect.Quartz, "At 09:00, on the first Monday")]
    [InlineData("0 0 9 L-3W * ?", CronDialect.Quartz,
        "At 09:00, on the weekday nearest the day 3 days before the last of the month")]
    [InlineData("week=1,53 day_of_week=mon hour=9", CronDialect.ApScheduler,
        "At 09:00, Monday, in weeks 1 and 53 of the year")]
    [InlineData("day='3rd fri,last' hour=9 day_of_week=mon-fri", CronDialect.ApScheduler,
        "At 09:00, on the last day of the month and the third Friday if it is Monday to Friday")]
    public void Describes_every_dialect(string text, CronDialect dialect, string described) =>
        Assert.Equal(described, CronExpression.Parse(text, dialect).Describe());

    [Theory]
    [InlineData("0 9 * * 1", 10, "The day of week is missing after 5 of 6 fields")]
    [InlineData("0 0 9 ? * 0", 11, "The day of week 0 is not from 1 to 7")]
    [InlineData("0 0 9 ? * 8", 11, "The day of week 8 is not from 1 to 7")]
    [InlineData("0 0 9 ? * 2#1,6#3", 11, "'#' and 'L' cannot stand in a list in the day of week")]
    [InlineData("0 0 9 ? * MON,FRIL", 15, "'#' and 'L' cannot stand in a list in the day of week")]
    [InlineData("0 0 9 ? * MON,L", 15, "'#' and 'L' cannot stand in a list in the day of week")]
    [InlineData("0 0 9 LW-2 * ?", 9, "'-' cannot stand here in the day of month")]
    [InlineData("? 0 9 * * ?", 1, "The second cannot be or contain '?'")]
    [InlineData("0 0 9 * * ? 2026 x", 18, "The expression has more than seven fields")]
    public void Says_what_is_wrong_with_Quartz(string text, int position, string what)
    {
        var error = Assert.Throws<InvalidFieldException>(() => CronExpression.Parse(text, CronDialect.Quartz));

        Assert.Equal($"{what}, at position {position}.", error.Message);
        Assert.EndsWith($"\n{text}\n{new string(' ', position - 1)}^", error.Hint);
        Assert.False(CronExpression.TryParse(text, CronDialect.Quartz, spread: null, out _));
    }

    [Theory]
    [InlineData("@hourly", "0 * * * *")]
    [InlineData("@DAILY", "0 0 * * *")]
    [InlineData("@midnight", "0 0 * * *")]
    [InlineData("@weekly", "0 0 * * 0")]
    [InlineData("@monthly", "0 0 1 * *")]
    [InlineData("@yearly", "0 0 1 1 *")]
    [InlineData("@annually", "0 0 1 1 *")]
    [InlineData("* * * JAN-Mar SUN,moN", "* * * 1-3 0,1")]
    [InlineData("* * * * 7", "* * * * 0")]
    [InlineData("* * * * 7-2", "* * * * 0-2")]
    [InlineData("* * * * sat-7", "* * * * 6,0")]
    [InlineData("* * * * 0-7/2", "* * * * 0,2,4,6")]
    [InlineData("* * * * mon-fri/2", "* * * * 1,3,5")]
    [InlineData("* 22-2 * * *", "* 22,23,0,1,2 * * *")]
    [InlineData("50-10/10 * * * *", "50,0,10 * * * *")]
    [InlineData("3/20 * * * *", "3,23,43 * * * *")]
    [InlineData("0 5 * * * *", "5 * * * *")]
    [InlineData("0 0 9 ? * mon *", "0 9 * * 1")]
    [InlineData("0 9 ? * 1", "0 9 * * 1")]
    [InlineData("0 9 l * *", "0 9 L-0 * *")]
    [InlineData("0 9 * * 7L", "0 9 * * sunL")]
    [InlineData("0 9 * * 0#2", "0 9 * * sun#2")]
    public void Means_the_same(string text, string plain)
    {
        var after = new DateTimeOffset(2024, 1, 1, 0, 0, 0, TimeSpan.Zero);
        for (var run = 0; run < 500; run++)
        {
            var next = CronExpression.Parse(text).Next(after, TimeZoneInfo.Utc)!.Value;
            Assert.Equal(CronExpression.Parse(plain).Next(after, TimeZoneInfo.Utc), next);
            after = next;
        }
    }
}
