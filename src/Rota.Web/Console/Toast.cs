using System.Buffers.Text;
using System.Text;
using Microsoft.AspNetCore.Http;
using Rota.Web.Auth;

namespace Rota.Web.Console;

/// <summary>What an action did, told once on the next page.</summary>
/// <param name="Hint">What to do about it; null for none.</param>
/// <param name="Undo">Address of the action that takes it back; null for none.</param>
/// <remarks>It travels in a cookie that no script reads, and the page that shows it deletes it.</remarks>
public sealed record Toast(bool IsError, string Text, string? Hint = null, string? Undo = null)
{
    private const string Cookie = "rota_toast";
    private const int CharactersMax = 600;
    private static readonly TimeSpan Life = TimeSpan.FromMinutes(1);

    internal static Toast Of(RotaException error) => new(IsError: true, error.Message, error.Hint);

    internal void Write(HttpContext http)
    {
        var options = SessionCookie.OptionsFor(http);
        options.MaxAge = Life;
        var text = string.Join('\0', IsError ? "1" : "0", Cut(Text), Cut(Hint ?? ""), Undo ?? "");
        http.Response.Cookies.Append(Cookie, Base64Url.EncodeToString(Encoding.UTF8.GetBytes(text)), options);
    }

    /// <summary>The toast that this request brings, if it does; the next one brings it no more.</summary>
    internal static Toast? Take(HttpContext http)
    {
        if (http.Request.Cookies[Cookie] is not { } cookie)
            return null;
        http.Response.Cookies.Delete(Cookie, SessionCookie.OptionsFor(http));
        if (!Base64Url.IsValid(cookie))
            return null;
        return Encoding.UTF8.GetString(Base64Url.DecodeFromChars(cookie)).Split('\0')
            is [var error, var text, var hint, var undo]
            ? new Toast(error == "1", text, hint.Length > 0 ? hint : null, undo.Length > 0 ? undo : null)
            : null;
    }

    private static string Cut(string text) => text.Length <= CharactersMax ? text : text[..CharactersMax] + '…';
}
