namespace Rota.Bench;

/// <summary>What runs now, for the person who waits; on the error output, so that the result stays alone on the
/// other.</summary>
internal static class Progress
{
    public static void Say(string text) => Console.Error.WriteLine(text);

    public static double Say(string name, double value, string unit = "/s")
    {
        Say($"  {name,-20} {value,12:N1} {unit}");
        return value;
    }
}
