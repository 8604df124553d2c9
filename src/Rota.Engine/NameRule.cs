using System.Buffers;

namespace Rota;

/// <summary>What kinds, queues, keys, schedules, secrets and projects may be called.</summary>
public static class NameRule
{
    private const int CharactersMax = 200;

    private static readonly SearchValues<char> Allowed = SearchValues.Create(
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-:");

    /// <exception cref="InvalidFieldException">The name is empty, too long, or has another character.</exception>
    public static string Check(string field, string? name)
    {
        if (string.IsNullOrEmpty(name))
            throw new InvalidFieldException(field, $"{field} is empty.", Hint);
        if (name.Length > CharactersMax)
            throw new InvalidFieldException(field, $"{field} has {name.Length} characters.", Hint);
        var wrong = name.AsSpan().IndexOfAnyExcept(Allowed);
        return wrong < 0
            ? name
            : throw new InvalidFieldException(field, $"{field} '{name}' has '{name[wrong]}' at {wrong + 1}.", Hint);
    }

    /// <summary>A name that passes: what is not allowed becomes <c>-</c>, what is too long is cut.</summary>
    /// <param name="text">At least one character.</param>
    public static string Fit(string text) => string.Concat(
        text.Take(CharactersMax).Select(symbol => Allowed.Contains(symbol) ? symbol : '-'));

    private const string Hint = "Write 1 to 200 letters, digits, '.', '_', '-' or ':'.";
}
