namespace Rota.Commands;

/// <summary>Text that came from jobs or other systems, made safe for a terminal: no escape sequences, no extra lines.
/// </summary>
internal static class Clean
{
    public static string Line(string text) => string.Create(text.Length, text, (line, source) =>
    {
        for (var i = 0; i < source.Length; i++)
            line[i] = char.IsControl(source[i]) ? ' ' : source[i];
    });

    /// <summary>As <see cref="Line"/>, but line breaks and tabs stay.</summary>
    public static string Block(string text) => string.Create(text.Length, text, (block, source) =>
    {
        for (var i = 0; i < source.Length; i++)
            block[i] = char.IsControl(source[i]) && source[i] is not ('\n' or '\t') ? ' ' : source[i];
    });
}
