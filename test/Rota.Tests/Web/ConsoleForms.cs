using System.Net;
using System.Text.RegularExpressions;
using Xunit;

namespace Rota.Tests.Web;

/// <summary>Looks at pages and sends their forms, as a browser without script does.</summary>
internal static partial class ConsoleForms
{
    public static async Task<string> PageAsync(this HttpClient client, string path, int status = 200)
    {
        using var answer = await client.GetAsync(path);
        var text = await answer.Content.ReadAsStringAsync();
        Assert.True((int)answer.StatusCode == status, $"{path}: {(int)answer.StatusCode}, not {status}: {text}");
        return WebUtility.HtmlDecode(text);
    }

    /// <summary>Fetches a page and sends one of its forms.</summary>
    /// <returns>The status, where it leads (empty for nowhere), and the page in answer.</returns>
    public static async Task<(int Status, string Place, string Page)> SendFormAsync(
        this HttpClient client, string page, string action, params (string Name, string Value)[] fields)
    {
        using var shown = await client.GetAsync(page);
        var text = await shown.Content.ReadAsStringAsync();
        var token = TokenPattern.Match(text).Groups["token"].Value;
        Assert.NotEmpty(token);
        using var request = new HttpRequestMessage(HttpMethod.Post, action)
        {
            Content = new FormUrlEncodedContent(
            [
                new("__RequestVerificationToken", token), new("return", page),
                .. fields.Select(field => new KeyValuePair<string, string>(field.Name, field.Value)),
            ]),
        };
        request.Headers.Add("Cookie", CookiesOf(shown));
        using var answer = await client.SendAsync(request);
        return ((int)answer.StatusCode, answer.Headers.Location?.ToString() ?? "",
            WebUtility.HtmlDecode(await answer.Content.ReadAsStringAsync()));
    }

    /// <summary>As <see cref="SendFormAsync"/>, for a form that must be taken.</summary>
    /// <returns>The page to which it leads, with what it told.</returns>
    public static async Task<string> DoAsync(
        this HttpClient client, string page, string action, params (string Name, string Value)[] fields)
    {
        var (status, place, text) = await client.SendFormAsync(page, action, fields);
        Assert.True(status == 303, $"{action}: {status}, not 303: {text}");
        return await client.PageAsync(place);
    }

    private static string CookiesOf(HttpResponseMessage answer) =>
        string.Join("; ", answer.Headers.GetValues("Set-Cookie").Select(cookie => cookie.Split(';')[0]));

    [GeneratedRegex(
        """name="__RequestVerificationToken" value="(?<token>[^"]+)""", RegexOptions.ExplicitCapture, 1_000)]
    private static partial Regex TokenPattern { get; }
}
