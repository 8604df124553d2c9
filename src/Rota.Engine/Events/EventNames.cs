namespace Rota.Events;

/// <summary>What events are called outside: <c>schedule.paused</c>.</summary>
public static class EventNames
{
    private static readonly Dictionary<string, EventType> Types =
        Enum.GetValues<EventType>().ToDictionary(Name, StringComparer.Ordinal);

    public static IEnumerable<string> All => Types.Keys;

    public static string Name(EventType type)
    {
        var name = type.ToString();
        var second = 1 + name.AsSpan(1).IndexOfAnyInRange('A', 'Z');
        return $"{name[..second]}.{name[second..]}".ToLowerInvariant();
    }

    /// <param name="field">What the name was written in.</param>
    /// <exception cref="InvalidFieldException">There is no such event.</exception>
    public static EventType Parse(string field, string name) => Types.TryGetValue(name, out var type)
        ? type
        : throw new InvalidFieldException(field, $"There is no event '{name}'.",
            $"Write one of: {string.Join(", ", Types.Keys)}.");
}
