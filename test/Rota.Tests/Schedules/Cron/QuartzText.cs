namespace Rota.Tests.Schedules;

/// <summary>Draws random expressions of Quartz, of every form that it documents.</summary>
internal static class QuartzText
{
    private static readonly string[] Weekdays = ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"];
    private static readonly string[] Months =
        ["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"];

    public static string Draw(Random random)
    {
        var open = random.Next(5);
        var day = open < 2 ? "?" : Day(random);
        var weekday = open is 2 or 3 ? "?" : Weekday(random);
        var year = random.Next(4) == 0 ? " " + Year(random) : "";
        var month = random.Next(5) == 0 ? Named(random, Months) : Field(random, 1, 12);
        return $"{Time(random, 59)} {Time(random, 59)} {Time(random, 23)} {day} {month} {weekday}{year}";
    }

    /// <summary>Of every day, or of most, at the hours at which clocks are changed.</summary>
    public static string DrawDaily(Random random)
    {
        int[] hours = [0, 1, 2, 3, 23];
        var hour = hours[random.Next(hours.Length)];
        var text = random.Next(6) switch
        {
            0 => "*",
            1 => $"{random.Next(3)}-{random.Next(3, 6)}",
            2 => $"*/{random.Next(1, 4)}",
            3 => $"{random.Next(3)}/{random.Next(1, 4)}",
            4 => $"{hour},{random.Next(24)}",
            _ => $"{hour}",
        };
        var days = random.Next(3) switch { 0 => "? * 1-6", 1 => "1-30 * ?", _ => "* * ?" };
        var minute = random.Next(3) == 0 ? $"{random.Next(30)},{random.Next(30, 60)}" : Time(random, 59);
        return $"{Time(random, 59)} {minute} {text} {days}";
    }

    private static string Time(Random random, int last) => random.Next(3) switch
    {
        0 => "0",
        1 => $"{random.Next(last + 1)}",
        _ => Field(random, 0, last),
    };

    private static string Field(Random random, int first, int last)
    {
        if (random.Next(3) == 0)
            return "*";
        var items = new string[random.Next(3) == 0 ? random.Next(1, 4) : 1];
        for (var i = 0; i < items.Length; i++)
            items[i] = Item(random, first, last);
        return string.Join(',', items);
    }

    private static string Item(Random random, int first, int last)
    {
        var (from, to) = (random.Next(first, last + 1), random.Next(first, last + 1));
        var step = random.Next(1, last / 2 + 2);
        return random.Next(6) switch
        {
            0 => $"*/{step}",
            1 => $"{from}-{to}",
            2 => $"{from}-{to}/{step}",
            3 => $"{from}/{step}",
            _ => $"{from}",
        };
    }

    private static string Day(Random random)
    {
        if (random.Next(2) == 0)
            return Field(random, 1, 31);
        var items = new string[random.Next(1, 3)];
        for (var i = 0; i < items.Length; i++)
        {
            items[i] = random.Next(6) switch
            {
                0 => "L",
                1 => $"L-{random.Next(31)}",
                2 => "LW",
                3 => $"L-{random.Next(1, 29)}W",
                4 => $"{random.Next(1, 32)}W",
                _ => $"{random.Next(1, 32)}",
            };
        }

        return string.Join(',', items);
    }

    private static string Weekday(Random random) => random.Next(8) switch
    {
        0 => $"{random.Next(1, 8)}#{random.Next(1, 6)}",
        1 => $"{Weekdays[random.Next(7)]}#{random.Next(1, 6)}",
        2 => $"{random.Next(1, 8)}L",
        3 => $"{Weekdays[random.Next(7)]}L",
        4 => "L",
        5 => Named(random, Weekdays),
        _ => Field(random, 1, 7),
    };

    private static string Named(Random random, string[] names)
    {
        var (first, second) = (names[random.Next(names.Length)], names[random.Next(names.Length)]);
        return random.Next(3) switch
        {
            0 => first,
            1 => $"{first},{second}",
            _ => $"{first}-{second}",
        };
    }

    private static string Year(Random random)
    {
        var from = random.Next(2024, 2060);
        return random.Next(5) switch
        {
            0 => "*",
            1 => $"{from}",
            2 => $"{from}-{from + random.Next(10)}",
            3 => $"{from}/{random.Next(1, 9)}",
            _ => $"*/{random.Next(1, 9)}",
        };
    }
}
